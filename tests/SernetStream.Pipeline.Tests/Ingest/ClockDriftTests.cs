using System.Diagnostics;
using SernetStream.Pipeline.Ingest;

namespace SernetStream.Pipeline.Tests.Ingest;

public class ClockDriftTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(80)]
    [InlineData(-250)]
    public void It_is_found_behind_jitter_and_stalls(double partsPerMillion)
    {
        var random = new Random(12);
        var drift = new ClockDrift();
        for (var i = 1; i <= 15 * 60 * 50; i++)
        {
            // Blocks of 20 ms with a mean delay of 30 ms and a long tail. Once a minute, no block comes for three seconds.
            var due = i * 0.02 / (1 + (partsPerMillion * 1e-6));
            var stall = i % 3000 < 150 ? (150 - (i % 3000)) * 0.02 : 0;
            drift.Observe(320, 16000, Ticks(due - (0.03 * Math.Log(1 - random.NextDouble())) + stall));
        }

        Assert.Equal(partsPerMillion, drift.PartsPerMillion, 5.0);
    }

    [Fact]
    public void It_is_not_known_in_the_first_minute_and_a_gap_begins_anew()
    {
        var drift = new ClockDrift();
        var time = 0.0;
        Run(2900);
        Assert.True(double.IsNaN(drift.PartsPerMillion));
        time += 0.5;
        drift.Restart();
        Run(2900);
        Assert.True(double.IsNaN(drift.PartsPerMillion));
        Run(1000);
        Assert.Equal(0, drift.PartsPerMillion, 0.5);

        void Run(int blocks)
        {
            for (var i = 0; i < blocks; i++)
            {
                time += 0.02;
                drift.Observe(320, 16000, Ticks(time));
            }
        }
    }

    [Fact]
    public void Measuring_allocates_nothing()
    {
        var drift = new ClockDrift();
        var time = 0.0;
        Assert.Equal(0, Testing.Allocations.Of(() =>
        {
            for (var i = 0; i < 6000; i++)
            {
                time += 0.02;
                drift.Observe(320, 16000, Ticks(time));
            }
        }));
    }

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);
}
