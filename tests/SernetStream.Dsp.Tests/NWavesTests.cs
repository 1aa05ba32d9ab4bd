using SernetStream.Testing;

namespace SernetStream.Dsp.Tests;

/// <summary>An independent check with a library that shares no code with ours or with the NumPy front end.</summary>
public class NWavesTests
{
    private const double Bound = 4e-4;

    private static readonly string[] Inputs = ["spoken.s16", "chirp.s16", "noise.s16", "short.s16", "long.s16", "silence.s16"];

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (var preset in FrontEndOptions.Presets)
        {
            foreach (var input in Inputs)
            {
                cases.Add(preset.Preset, input);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Coefficients_agree_with_a_front_end_of_its_parts(string preset, string input)
    {
        var options = FrontEndOptions.Presets.Single(options => options.Preset == preset);
        var samples = GoldenSignal.Read(input);
        var features = new float[options.FeatureCount];
        new SegmentFrontEnd(options).Compute(samples, features);
        var expected = new NWavesFrontEnd(options).Segment(samples);
        Assert.Equal(expected.Length, features.Length);
        for (var i = 0; i < features.Length; i++)
        {
            // The first coefficient is a large sum of logarithms, which NWaves computes in single precision.
            var bound = i % options.Coefficients == 0 ? Math.Max(Bound, 2e-6 * Math.Abs(expected[i])) : Bound;
            Assert.InRange(Math.Abs((double)features[i] - expected[i]), 0, bound);
        }
    }
}
