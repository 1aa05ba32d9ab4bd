using SernetStream.Dsp.Simd;
using SernetStream.Dsp.Transforms;

namespace SernetStream.Dsp.Tests.Transforms;

/// <summary>Every vectorised loop equals its scalar twin to the bit.</summary>
public class ScalarReferenceTests(ITestOutputHelper log)
{
    [Theory]
    [InlineData("light-sernet")]
    [InlineData("light-sernet-paper")]
    [InlineData("tim-net")]
    public void Mel_sums_agree(string preset)
    {
        var options = FrontEndOptions.Presets.Single(p => p.Preset == preset);
        var (scalars, vectors) = (new MelFilterBank(options, SimdMode.Scalar), new MelFilterBank(options));
        var spectra = Numbers.Noise(vectors.BinCount * vectors.Batch, seed: 8).Select(Math.Abs).ToArray();
        var (expected, actual) = (new float[options.MelBands * vectors.Batch], new float[options.MelBands * vectors.Batch]);
        for (var frame = 0; frame < vectors.Batch; frame++)
        {
            var sums = new float[options.MelBands];
            scalars.Apply([.. Enumerable.Range(0, vectors.BinCount).Select(bin => spectra[(bin * vectors.Batch) + frame])], sums);
            for (var band = 0; band < sums.Length; band++)
            {
                expected[(band * vectors.Batch) + frame] = sums[band];
            }
        }

        vectors.Apply(spectra, actual);
        Assert.Equal(expected, actual);
        Assert.True(expected.Sum() > 0);
    }

    [Theory]
    [InlineData(128, 40)]
    [InlineData(128, 39)]
    [InlineData(128, 128)]
    [InlineData(41, 13)]
    [InlineData(23, 23)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(512, 300)]
    public void Cosine_transforms_agree_and_are_those_of_the_definition(int bands, int coefficients)
    {
        var input = Numbers.Noise(bands, seed: 9, amplitude: 10);
        foreach (var kind in new[] { DctKind.Uniform, DctKind.Orthonormal })
        {
            var (scalar, vector) = (new float[coefficients], new float[coefficients]);
            new CosineTransform(bands, coefficients, kind, mode: SimdMode.Scalar).Apply(input, scalar);
            new CosineTransform(bands, coefficients, kind).Apply(input, vector);
            Assert.Equal(scalar, vector);
            for (var k = 0; k < coefficients; k++)
            {
                var scale = Math.Sqrt((kind == DctKind.Orthonormal && k == 0 ? 1.0 : 2.0) / bands);
                var sum = Enumerable.Range(0, bands).Sum(n => input[n] * Math.Cos(Math.PI * k * ((2 * n) + 1) / (2.0 * bands)));
                Assert.Equal(scale * sum, vector[k], 1e-4);
            }
        }
    }

    [Fact]
    public void Logarithms_are_within_what_is_promised()
    {
        // Every 997th float from 1e-30 on, with vectors and one by one.
        var most = 0.0;
        var lanes = new float[System.Numerics.Vector<float>.Count];
        for (var bits = BitConverter.SingleToInt32Bits(1e-30f); bits < BitConverter.SingleToInt32Bits(1e30f); bits += 997 * lanes.Length)
        {
            for (var lane = 0; lane < lanes.Length; lane++)
            {
                lanes[lane] = BitConverter.Int32BitsToSingle(bits + (997 * lane));
            }

            var logs = Logarithm.Of(new System.Numerics.Vector<float>(lanes));
            for (var lane = 0; lane < lanes.Length; lane++)
            {
                Assert.Equal(Logarithm.Of(lanes[lane]), logs[lane]);
                most = Math.Max(most, Units(logs[lane], lanes[lane]));
            }
        }

        log.WriteLine($"{most:0.00} units in the last place");
        Assert.InRange(most, 0.5, 1);
    }

    [Theory]
    [InlineData("light-sernet", FeatureKind.Mfcc)]
    [InlineData("light-sernet-paper", FeatureKind.LogMel)]
    [InlineData("tim-net", FeatureKind.Mfcc)]
    [InlineData("tim-net", FeatureKind.LogSpectrogram)]
    [InlineData("light-sernet", FeatureKind.Spectrogram)]
    public void Whole_segments_agree(string preset, FeatureKind output)
    {
        var options = FrontEndOptions.Presets.Single(p => p.Preset == preset) with { Output = output, SegmentSeconds = 1 };
        var samples = Numbers.Speechlike(options.SegmentLength, seed: 10);
        var (expected, actual) = (new float[options.FeatureCount], new float[options.FeatureCount]);
        new SegmentFrontEnd(options, SimdMode.Scalar).Compute(samples, expected);
        new SegmentFrontEnd(options).Compute(samples, actual);
        Assert.Equal(expected, actual);
    }

    /// <summary>The error in units in the last place of the result; near zero, relative to 1e-7.</summary>
    private static double Units(float actual, float x)
    {
        var exact = Math.Log(x);
        var unit = Math.Max(1e-7, Math.Pow(2, Math.Floor(Math.Log2(Math.Max(Math.Abs(exact), 1e-30))) - 23));
        return Math.Abs(actual - exact) / unit;
    }
}
