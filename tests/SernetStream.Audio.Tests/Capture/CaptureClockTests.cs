using System.Diagnostics;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Tests.Capture;

/// <summary>The capture times of samples, and the number of missing ones.</summary>
public sealed class CaptureClockTests
{
    private const int Rate = 16_000;
    private const int Frames = 320;
    private const double Duration = 0.02;
    private const long Now = 1_000_000_000_000;

    private readonly CaptureClock _clock = new(Rate);

    [Fact]
    public void The_last_frame_is_as_old_as_the_first_less_the_blocks_duration()
    {
        Assert.Equal((Now - Ticks(0.03), 0L), _clock.Stamp(Now, Duration + 0.03, Frames, false));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(0.001)]
    [InlineData(1e9)]
    public void An_age_that_cannot_be_means_just_now(double age)
    {
        Assert.Equal((Now, 0L), _clock.Stamp(Now, age, Frames, false));
    }

    [Fact]
    public void Time_does_not_run_backwards()
    {
        _clock.Stamp(Now, Duration, Frames, false);
        Assert.Equal(Now, _clock.Stamp(Now + Ticks(0.01), Duration + 0.5, Frames, false).CapturedAt);
    }

    [Fact]
    public void An_overflow_lost_what_the_time_between_says()
    {
        _clock.Stamp(Now, Duration, Frames, false);
        var (_, lost) = _clock.Stamp(Now + Ticks(0.5), Duration, Frames, true);
        Assert.Equal((long)((0.5 - Duration) * Rate), lost);
    }

    [Fact]
    public void An_overflow_lost_at_least_one_frame()
    {
        Assert.Equal(1, _clock.Stamp(Now, Duration, Frames, true).Lost);
        Assert.Equal(1, _clock.Stamp(Now + Ticks(Duration), Duration, Frames, true).Lost);
    }

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);
}
