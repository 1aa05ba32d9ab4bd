using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>The named alternative of the frame benchmarks, run in a child process.</summary>
internal static class Torchaudio
{
    /// <summary>Its microseconds for a frame of 16 ms. If torchaudio is missing: null, and a sentence on standard output.</summary>
    public static async Task<double?> MicrosecondsAFrameAsync()
    {
        var script = Repository.PathOf("tests", "SernetStream.Benchmarks", "torchaudio_mfcc.py");
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
            // Without Python there is no torchaudio either.
        }

        Console.WriteLine("torchaudio is not here, so it is not compared with; build/packages.sh bench installs it.");
        return null;
    }
}
