using System.Diagnostics;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Tests.Capture;

public class StallDetectorTests
{
    private const int SampleRate = 16_000;
    private const int Block = 320;

    [Fact]
    public void Jitter_drift_and_blocks_that_come_late_but_come_are_no_loss()
    {
        var random = new Random(8);
        var detector = new StallDetector(SampleRate);
        // A day with a clock 300 ppm slow. Each block is up to 200 ms late, and once an hour three seconds come at once.
        for (var i = 0L; i < 24L * 3600 * 50; i++)
        {
            var due = (i + 1) * 0.02 * (1 + 300e-6);
            var stall = i % 180_000 is > 1000 and < 1150 ? (1150 - (i % 180_000)) * 0.02 : 0;
            Assert.Equal(0, detector.Observe(Block, Ticks(due + stall + (random.NextDouble() * 0.2))));
        }
    }

    [Fact]
    public void What_never_comes_is_found_once()
    {
        var detector = new StallDetector(SampleRate);
        var (found, time) = (0L, 0.0);
        for (var i = 0; i < 1000; i++)
        {
            // One second is missing between two blocks.
            time += 0.02 + (i == 300 ? 1 : 0);
            found += detector.Observe(Block, Ticks(time));
        }

        Assert.InRange(found, SampleRate - 2, SampleRate + 2);
    }

    [Fact]
    public void What_is_known_to_be_lost_is_not_found_again()
    {
        var detector = new StallDetector(SampleRate);
        var time = 0.0;
        for (var i = 0; i < 1000; i++)
        {
            time += 0.02 + (i == 300 ? 1 : 0);
            Assert.Equal(0, detector.Observe(Block + (i == 300 ? SampleRate : 0), Ticks(time)));
        }
    }

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency) + 1_000_000;
}
