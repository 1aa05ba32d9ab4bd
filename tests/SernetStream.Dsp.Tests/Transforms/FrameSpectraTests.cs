using SernetStream.Dsp.Simd;
using SernetStream.Dsp.Transforms;

namespace SernetStream.Dsp.Tests.Transforms;

public class FrameSpectraTests
{
    [Theory]
    [InlineData(16, 16, 16)]
    [InlineData(16, 7, 32)]
    [InlineData(64, 16, 64)]
    [InlineData(100, 33, 128)]
    [InlineData(256, 128, 256)]
    [InlineData(400, 160, 512)]
    [InlineData(1024, 256, 1024)]
    [InlineData(2048, 1, 2048)]
    public void Spectra_are_those_of_the_definition_whatever_follows_or_precedes(int frameLength, int hop, int length)
    {
        double[] taper = [.. Enumerable.Range(0, frameLength).Select(n => 0.54 - (0.46 * Math.Cos(2 * Math.PI * n / frameLength)))];
        foreach (var kind in new[] { SpectrumKind.Power, SpectrumKind.Magnitude })
        {
            var spectra = new FrameSpectra(taper, hop, length, kind);
            var samples = Numbers.Noise(((spectra.Batch - 1) * hop) + frameLength, seed: length);
            var expected = Enumerable.Range(0, spectra.Batch)
                .SelectMany(frame => Definition(samples.AsSpan(frame * hop, frameLength), taper, length, kind)).ToArray();

            // All at once, then fewer from the last on: what is left of the frames before has no part in it.
            for (var count = spectra.Batch; count > 0; count--)
            {
                var first = spectra.Batch - count;
                var actual = new float[count * spectra.BinCount];
                spectra.Apply(samples.AsSpan(first * hop), count, actual);
                for (var i = 0; i < actual.Length; i++)
                {
                    var exact = expected[(first * spectra.BinCount) + i];
                    Assert.Equal(exact, actual[i], (2e-7 * exact) + (1e-13 * length));
                }
            }
        }
    }

    [Fact]
    public void A_quiet_tone_beside_a_loud_one_keeps_its_level()
    {
        // 1 and 1e-7 (−140 dB), each exactly on a bin. Samples of single precision cannot hold both, so the quiet one is a frame's
        // and the loud one the taper's: single precision would lose the quiet one on the way.
        var taper = new double[1024];
        for (var n = 0; n < taper.Length; n++)
        {
            taper[n] = Math.Cos(2 * Math.PI * 10 * n / 1024) + (1e-7 * Math.Cos(2 * Math.PI * 300 * n / 1024));
        }

        var spectra = new FrameSpectra(taper, 1024, 1024, SpectrumKind.Magnitude);
        var magnitudes = new float[spectra.BinCount];
        spectra.Apply([.. Enumerable.Repeat(1f, 1024)], 1, magnitudes);
        Assert.Equal(512, magnitudes[10], 1e-4);
        Assert.Equal(512e-7, magnitudes[300], 1e-10);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(256)]
    [InlineData(1024)]
    [InlineData(65536)]
    public void Vectors_give_what_scalars_give(int length)
    {
        double[] taper = [.. Enumerable.Repeat(1.0, length)];
        var hop = Math.Max(1, length / 3);
        var scalars = new FrameSpectra(taper, hop, length, SpectrumKind.Magnitude, SimdMode.Scalar);
        var vectors = new FrameSpectra(taper, hop, length, SpectrumKind.Magnitude);
        var samples = Numbers.Noise(((vectors.Batch - 1) * hop) + length, seed: 7);
        var (expected, actual) = (new float[vectors.Batch * vectors.BinCount], new float[vectors.Batch * vectors.BinCount]);
        for (var frame = 0; frame < vectors.Batch; frame++)
        {
            scalars.Apply(samples.AsSpan(frame * hop, length), 1, expected.AsSpan(frame * scalars.BinCount, scalars.BinCount));
        }

        vectors.Apply(samples, vectors.Batch, actual);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(1000)]
    [InlineData(131072)]
    public void A_length_that_cannot_be_transformed_is_refused(int length)
    {
        var error = Assert.Throws<ArgumentException>(() => new FrameSpectra([1], 1, length, SpectrumKind.Power));
        Assert.Contains($"length is {length}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_few_samples_and_too_many_frames_are_refused()
    {
        var spectra = new FrameSpectra(new double[16], 4, 16, SpectrumKind.Power);
        Assert.Throws<ArgumentException>(() => spectra.Apply(new float[15], 1, new float[9]));
        Assert.Throws<ArgumentException>(() => spectra.Apply(new float[16], 1, new float[8]));
        Assert.Throws<ArgumentException>(() => spectra.Apply(new float[16 + (4 * spectra.Batch)], spectra.Batch + 1, new float[9 * (spectra.Batch + 1)]));
    }

    private static double[] Definition(ReadOnlySpan<float> frame, double[] taper, int length, SpectrumKind kind)
    {
        var result = new double[(length / 2) + 1];
        for (var k = 0; k < result.Length; k++)
        {
            var (re, im) = (0.0, 0.0);
            for (var n = 0; n < frame.Length; n++)
            {
                var (sin, cos) = Math.SinCos(-2 * Math.PI * ((long)k * n % length) / length);
                re += taper[n] * frame[n] * cos;
                im += taper[n] * frame[n] * sin;
            }

            var power = (re * re) + (im * im);
            result[k] = kind == SpectrumKind.Power ? power : Math.Sqrt(power);
        }

        return result;
    }
}
