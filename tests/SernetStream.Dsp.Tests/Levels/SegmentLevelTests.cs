using SernetStream.Dsp.Levels;

namespace SernetStream.Dsp.Tests.Levels;

public class SegmentLevelTests
{
    [Theory]
    [InlineData(48000)]
    [InlineData(20001)]
    [InlineData(49)]
    public void Gain_is_one_over_numpys_percentile_of_the_padded_segment(int count)
    {
        var samples = Numbers.Speechlike(count, seed: 3);
        var level = new SegmentLevel(FrontEndOptions.LightSernet);
        Assert.Equal(1 / PercentileBySorting(samples, 48000), level.GainOf(samples), 1e-9);
        Assert.Equal(1 / PercentileBySorting(samples, 48000), level.GainOf(samples), 1e-9);
    }

    [Theory]
    [InlineData(48000, 0f)]
    [InlineData(30, 0.5f)]
    public void A_percentile_of_zero_leaves_the_level_alone(int count, float value) =>
        Assert.Equal(
            1, new SegmentLevel(FrontEndOptions.LightSernet).GainOf(Enumerable.Repeat(value, count).ToArray()));

    [Fact]
    public void Peak_and_none_do_as_they_say()
    {
        float[] samples = [0.1f, -0.25f, 0.2f];
        Assert.Equal(4, new SegmentLevel(FrontEndOptions.LightSernetPaper).GainOf(samples));
        Assert.Equal(1, new SegmentLevel(FrontEndOptions.LightSernet with { Level = LevelKind.None }).GainOf(samples));
    }

    internal static double PercentileBySorting(float[] samples, int segmentLength)
    {
        var sorted = samples.Select(Math.Abs).Concat(new float[segmentLength - samples.Length]).Order().ToArray();
        var position = 0.999 * (segmentLength - 1);
        var below = (int)position;
        return sorted[below] + ((sorted[below + 1] - (double)sorted[below]) * (position - below));
    }
}
