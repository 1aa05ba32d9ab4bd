using System.Diagnostics;

namespace SernetStream.Audio.Capture;

/// <summary>
/// Says when the samples of a callback were captured, on the monotonic clock, and how many the device lost before them.
/// </summary>
/// <param name="sampleRate">Samples per second.</param>
internal sealed class CaptureClock(int sampleRate)
{
    // No device buffers longer; a larger value means a clock that was set, or a driver that fills in nothing.
    private const double OldestSeconds = 10;

    private long? _previous;

    /// <param name="now">The monotonic clock in the callback.</param>
    /// <param name="age">Seconds since the first frame was captured, by the device's clock.</param>
    /// <param name="frames">Frames in this callback.</param>
    /// <param name="isOverflow">True if the device says that it lost frames before them.</param>
    /// <returns>When the last frame was captured, and how many were lost before the first: by the time that passed, at
    /// least one.</returns>
    public (long CapturedAt, long Lost) Stamp(long now, double age, int frames, bool isOverflow)
    {
        var duration = (double)frames / sampleRate;
        var isPlausible = age >= 0 && age <= OldestSeconds;
        var sinceLast = isPlausible ? Math.Max(0, age - duration) : 0;

        // Devices stamp with jitter; time that ran backwards would only confuse.
        var capturedAt = Math.Max(now - Ticks(sinceLast), _previous ?? long.MinValue);
        var lost = 0L;
        if (isOverflow)
        {
            var gap = _previous is { } previous
                ? Stopwatch.GetElapsedTime(previous, capturedAt).TotalSeconds - duration
                : 0;
            lost = Math.Max(1, (long)Math.Round(gap * sampleRate));
        }

        _previous = capturedAt;
        return (capturedAt, lost);
    }

    private static long Ticks(double seconds) => (long)(seconds * Stopwatch.Frequency);
}
