using System.Runtime.InteropServices;
using SernetStream.Dsp.Resampling;
using SernetStream.Testing;

namespace SernetStream.Dsp.Tests.Resampling;

/// <summary>The resampler against SoX at very high quality (<c>rate -v</c>), which is linear-phase too.</summary>
public sealed class SoxComparisonTests(ITestOutputHelper log)
{
    [NeedsTheory("sox")]
    [InlineData(44_100, 16_000)]
    [InlineData(48_000, 16_000)]
    [InlineData(8_000, 16_000)]
    [InlineData(22_051, 16_000)]
    [InlineData(96_000, 22_050)]
    public async Task What_lies_in_the_pass_band_comes_out_as_from_sox(int inputRate, int outputRate)
    {
        // Several tones within the flat part of both pass bands, at a level at which SoX does not clip.
        var top = 0.88 * Math.Min(inputRate, outputRate) / 2;
        double[] frequencies = [97, 441.3, 0.31 * top, 0.55 * top, 0.83 * top, top];
        var input = new float[inputRate];
        foreach (var frequency in frequencies)
        {
            var tone = Tone.Make(frequency, inputRate, input.Length);
            for (var n = 0; n < input.Length; n++)
            {
                input[n] += 0.1f * tone[n];
            }
        }

        var ours = Resampler.Resample(input, inputRate, outputRate);
        var theirs = await SoxAsync(input, inputRate, outputRate);
        Assert.InRange(theirs.Length, ours.Length - 1, ours.Length + 1);
        var middle = ours.Length / 4;
        var difference = new float[ours.Length / 2];
        for (var n = 0; n < difference.Length; n++)
        {
            difference[n] = ours[middle + n] - theirs[middle + n];
        }

        var level = Tone.LevelDb(difference);
        log.WriteLine($"{inputRate} -> {outputRate}: the difference to sox is {level:f1} dB");
        Assert.True(level < -90, $"The difference to sox is {level} dB.");
    }

    private static async Task<float[]> SoxAsync(float[] input, int inputRate, int outputRate)
    {
        using var folder = new TemporaryFolder();
        var source = folder.Write("in.raw", MemoryMarshal.AsBytes<float>(input));
        string[] format = ["-t", "raw", "-e", "floating-point", "-b", "32", "-c", "1", "-r"];
        var result = await ChildProcess.RunAsync(
            "sox",
            [.. format, $"{inputRate}", source, .. format, $"{outputRate}", folder.PathOf("out.raw"), "rate", "-v"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return MemoryMarshal.Cast<byte, float>(await File.ReadAllBytesAsync(folder.PathOf("out.raw"))).ToArray();
    }
}
