namespace SernetStream.Pipeline.Tests;

public class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_those_of_the_sorted_values_within_a_bucket()
    {
        var random = new Random(5);
        var histogram = new LatencyHistogram();
        var values = Enumerable.Range(0, 10_000).Select(_ => Math.Exp(random.NextDouble() * 16) / 1000).Order().ToArray();
        foreach (var value in values)
        {
            histogram.Record(value);
        }

        foreach (var share in new[] { 0.01, 0.5, 0.95, 0.99, 0.999 })
        {
            var exact = values[(int)Math.Ceiling(share * values.Length) - 1];
            Assert.InRange(histogram.PercentileMs(share), exact, Math.Max(exact * (1 + (1.0 / 16)), exact + 0.001));
        }

        Assert.Equal(values[^1], histogram.LargestMs);
        Assert.Equal(values[^1], histogram.PercentileMs(1));
        Assert.Equal(10_000, histogram.Count);
    }

    [Fact]
    public void It_is_zero_when_nothing_was_recorded()
    {
        var histogram = new LatencyHistogram();
        Assert.Equal((0, 0, 0), (histogram.PercentileMs(0.5), histogram.LargestMs, histogram.Count));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1e9)]
    public void Values_out_of_range_are_kept_in_the_outermost_bucket(double milliseconds)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(milliseconds);
        Assert.Equal(1, histogram.Count);
    }
}
