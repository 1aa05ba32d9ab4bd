namespace SernetStream.Dsp.Tests;

/// <summary>For any input the features are finite, and samples that are not finite are counted.</summary>
public class BadSamplesTests
{
    private static readonly float[] Nonsense =
        [float.NaN, -float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, 2e12f];

    public static TheoryData<string> Presets => [.. FrontEndOptions.Presets.Select(preset => preset.Preset)];

    [Theory]
    [MemberData(nameof(Presets))]
    public void What_is_no_number_becomes_zero_and_is_counted(string preset)
    {
        var options = Options(preset);
        var clean = Numbers.Speechlike(options.SegmentLength, seed: 1);
        var dirty = clean.ToArray();
        for (var i = 0; i < 100; i++)
        {
            var place = 11 + (i * 173);
            dirty[place] = Nonsense[i % Nonsense.Length];
            clean[place] = 0;
        }

        var (expected, actual) = (new float[options.FeatureCount], new float[options.FeatureCount]);
        var batch = new SegmentFrontEnd(options);
        batch.Compute(clean, expected);
        Assert.Equal(0, batch.InvalidSamples);
        batch.Compute(dirty, actual);
        Assert.Equal(100, batch.InvalidSamples);
        Assert.Equal(expected, actual);

        var stream = new StreamingFrontEnd(options);
        foreach (var chunk in dirty.Chunk(777))
        {
            stream.Write(chunk);
        }

        Assert.Equal(100, stream.InvalidSamples);
        stream.Cut(0, dirty.Length, actual);
        Assert.All(actual, feature => Assert.True(float.IsFinite(feature)));
        stream.Reset();
        Assert.Equal(0, stream.InvalidSamples);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Any_level_gives_finite_features(string preset)
    {
        var options = Options(preset);
        var features = new float[options.FeatureCount];
        var batch = new SegmentFrontEnd(options);
        var stream = new StreamingFrontEnd(options);
        foreach (var level in new[] { 0, float.Epsilon, 1e-40f, 1e-38f, 1e-20f, 1e-15f, 1e-7f, 1, 32768, 1e12f })
        {
            foreach (var signal in Signals(options.SegmentLength))
            {
                var samples = Array.ConvertAll(signal, x => x * level);
                batch.Compute(samples, features);
                Assert.All(features, feature => Assert.True(float.IsFinite(feature), $"{feature} at the level {level}"));
                stream.Reset();
                stream.Write(samples);
                stream.Cut(0, samples.Length, features);
                Assert.All(features, feature => Assert.True(float.IsFinite(feature), $"{feature} at the level {level}"));
            }
        }
    }

    [Fact]
    public void Level_does_not_matter_where_it_is_normalised()
    {
        var options = FrontEndOptions.LightSernet;
        var samples = Numbers.Speechlike(options.SegmentLength, seed: 2);
        var (expected, actual) = (new float[options.FeatureCount], new float[options.FeatureCount]);
        var batch = new SegmentFrontEnd(options);
        batch.Compute(samples, expected);
        foreach (var level in new[] { 1e-10f, 1e-3f, 32768, 1e9f })
        {
            batch.Compute(Array.ConvertAll(samples, x => x * level), actual);
            Assert.InRange(Numbers.LargestDifference(expected, actual), 0, 1e-4);
        }
    }

    private static FrontEndOptions Options(string preset) =>
        FrontEndOptions.Presets.Single(p => p.Preset == preset) with { SegmentSeconds = 2 };

    /// <summary>Direct current, a full-scale square wave, a click, and a fade to subnormal floats.</summary>
    private static IEnumerable<float[]> Signals(int length)
    {
        yield return Make(length, _ => 1);
        yield return Make(length, n => n / 100 % 2 == 0 ? 1 : -1);
        yield return Make(length, n => n == length / 2 ? 1 : 0);
        yield return Make(length, n => MathF.Sin(n * 0.1f) * MathF.Pow(10, -60f * n / length));
    }

    private static float[] Make(int length, Func<int, float> sample) => [.. Enumerable.Range(0, length).Select(sample)];
}
