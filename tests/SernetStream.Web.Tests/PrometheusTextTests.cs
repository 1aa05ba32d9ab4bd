using System.Diagnostics.Metrics;
using SernetStream.Web.Metrics;

namespace SernetStream.Web.Tests;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter _meter = new("test meter");
    private readonly PrometheusText _text;

    public PrometheusTextTests()
    {
        _text = new PrometheusText(meter => ReferenceEquals(meter, _meter));
    }

    public void Dispose()
    {
        _text.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Names_carry_unit_and_total_and_labels_are_escaped()
    {
        _meter.CreateObservableCounter(
            "test.cpu.time", () => new Measurement<double>(1.5, new KeyValuePair<string, object?>("the.file", "a\\b \"c\"\nd")), "s", "Two\nlines.");
        Assert.Contains(
            """
            # HELP test_cpu_time_seconds_total Two\nlines.
            # TYPE test_cpu_time_seconds_total counter
            test_cpu_time_seconds_total{the_file="a\\b \"c\"\nd"} 1.5

            """,
            _text.Collect(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_histogram_has_cumulative_buckets_that_include_their_bound()
    {
        var histogram = _meter.CreateHistogram(
            "test.latency", "s", "How long.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in new[] { 0.05, 0.1, 0.5, 7 })
        {
            histogram.Record(value, new KeyValuePair<string, object?>("kind", "final"));
        }

        Assert.Contains(
            """
            test_latency_seconds_bucket{kind="final",le="0.1"} 2
            test_latency_seconds_bucket{kind="final",le="1"} 3
            test_latency_seconds_bucket{kind="final",le="+Inf"} 4
            test_latency_seconds_sum{kind="final"} 7.65
            test_latency_seconds_count{kind="final"} 4

            """,
            _text.Collect(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_observed_no_more_is_gone_and_what_is_counted_stays()
    {
        var isThere = true;
        _meter.CreateObservableGauge("test.there", () => isThere ? [new Measurement<int>(1)] : Array.Empty<Measurement<int>>());
        var counter = _meter.CreateCounter<long>("test.clicks");
        counter.Add(2);
        counter.Add(3);
        Assert.Contains("test_there 1\n", _text.Collect(), StringComparison.Ordinal);
        isThere = false;
        var text = _text.Collect();
        Assert.DoesNotContain("test_there", text, StringComparison.Ordinal);
        Assert.Contains("test_clicks_total 5\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gauge_that_is_set_keeps_its_value_over_every_collection()
    {
        var gauge = _meter.CreateGauge<double>("test.level", "dB");
        gauge.Record(-20);
        gauge.Record(-30);
        for (var i = 0; i < 3; i++)
        {
            Assert.Contains("test_level_decibels -30\n", _text.Collect(), StringComparison.Ordinal);
        }
    }
}
