using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>The named alternatives that are Python packages, each run in a child process on one thread.</summary>
internal static class PythonPeers
{
    /// <summary>torchaudio's microseconds for a frame of 16 ms; null if it is not here.</summary>
    public static Task<double?> TorchaudioFrameAsync() =>
        RunAsync("torchaudio_mfcc.py", "torchaudio is not here, so it is not compared with; build/packages.sh bench installs it.");

    /// <summary>The microseconds that WebRTC's detector takes for 32 ms; null if it is not here.</summary>
    public static Task<double?> WebRtcStepAsync() =>
        RunAsync("webrtc_vad.py", "WebRTC's detector is not here, so it is not compared with; pip install webrtcvad-wheels brings it.");

    /// <summary>Runs a script that prints microseconds. If it fails: null, and a sentence on standard output.</summary>
    private static async Task<double?> RunAsync(string name, string missing)
    {
        var script = Repository.PathOf("tests", "SernetStream.Benchmarks", name);
        var input = Repository.PathOf("tests", "golden", "front-end", "spoken.s16");
        var oneThread = new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" };
        try
        {
            var result = await ChildProcess.RunAsync("/usr/bin/python3", [script, input], oneThread);
            if (result.ExitCode == 0)
            {
                return double.Parse(result.Output.Trim(), CultureInfo.InvariantCulture);
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Without Python there are none of its packages either.
        }

        Console.WriteLine(missing);
        return null;
    }
}
