using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>The named alternatives that are programs of their own, each run in a child process on one thread.</summary>
internal static class Peers
{
    /// <summary>torchaudio's microseconds for a frame of 16 ms; null if it is not here.</summary>
    public static Task<double?> TorchaudioFrameAsync() =>
        RunAsync("/usr/bin/python3", "torchaudio_mfcc.py", "torchaudio is not here, so it is not compared with; build/packages.sh bench installs it.");

    /// <summary>The microseconds that WebRTC's detector takes for 32 ms; null if it is not here.</summary>
    public static Task<double?> WebRtcStepAsync() =>
        RunAsync("/bin/bash", "webrtc_vad.sh", "WebRTC's detector is not here, so it is not compared with; webrtc_vad.sh needs npm and cc to make it.");

    /// <summary>Runs a script that prints microseconds. If it fails: null, and a sentence on standard output.</summary>
    private static async Task<double?> RunAsync(string program, string name, string missing)
    {
        var script = Repository.PathOf("tests", "SernetStream.Benchmarks", name);
        var input = Repository.PathOf("tests", "golden", "front-end", "spoken.s16");
        var oneThread = new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "1" };
        try
        {
            var result = await ChildProcess.RunAsync(program, [script, input], oneThread);
            if (result.ExitCode == 0)
            {
                return double.Parse(result.Output.Trim(), CultureInfo.InvariantCulture);
            }
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // The program is not here, so nor is what it would run.
        }

        Console.WriteLine(missing);
        return null;
    }
}
