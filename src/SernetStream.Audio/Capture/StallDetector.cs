using System.Diagnostics;

namespace SernetStream.Audio.Capture;

/// <summary>
/// Finds samples that a device lost without a notice: fewer samples came than time passed, and the device does not
/// catch up. A block may be late by the device's buffer, so only samples that are missing for two seconds count.
/// </summary>
/// <param name="sampleRate">Samples per second.</param>
internal sealed class StallDetector(int sampleRate)
{
    private const double SecondsPerJudgement = 2;
    private const double ShortestStallSeconds = 0.25;

    private long? _origin;
    private long _samples;
    private long? _judgementBegan;
    private double _leastMissing;

    /// <summary>Takes a block.</summary>
    /// <param name="count">Samples in it, and those known to be lost before them.</param>
    /// <param name="capturedAt">When the last was captured, in monotonic ticks.</param>
    /// <returns>Samples that turn out to be missing; 0 as a rule.</returns>
    public long Observe(long count, long capturedAt)
    {
        if (_origin is not { } origin)
        {
            _origin = capturedAt;
            return 0;
        }

        _samples += count;
        var missing = (Stopwatch.GetElapsedTime(origin, capturedAt).TotalSeconds * sampleRate) - _samples;
        if (_judgementBegan is not { } began)
        {
            (_judgementBegan, _leastMissing) = (capturedAt, missing);
            return 0;
        }

        _leastMissing = Math.Min(_leastMissing, missing);
        if (Stopwatch.GetElapsedTime(began, capturedAt).TotalSeconds < SecondsPerJudgement)
        {
            return 0;
        }

        // The origin follows the drift of the clocks, so that days of it never look like a stall.
        _origin = origin + (long)(_leastMissing / sampleRate * Stopwatch.Frequency);
        _judgementBegan = null;
        return _leastMissing > ShortestStallSeconds * sampleRate ? (long)_leastMissing : 0;
    }
}
