using System.Diagnostics;

namespace SernetStream.Audio.Capture;

/// <summary>
/// Counts the time in which a device gave nothing: it was away, its driver stalled, or the machine slept. That time becomes
/// missing samples, so that the clock goes on downstream.
/// </summary>
/// <param name="sampleRate">Samples per second.</param>
/// <param name="suspend">Notices suspension.</param>
internal sealed class DeviceGaps(int sampleRate, SuspendWatch suspend)
{
    /// <summary>While the device is away, the gap is reported this often.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);

    private StallDetector _stall = new(sampleRate);
    private long _lastCapturedAt;
    private long? _toldUntil;

    /// <summary>Reading begins: missing samples count from now on. Later calls change nothing.</summary>
    public void Begin() => _lastCapturedAt = _lastCapturedAt == 0 ? Stopwatch.GetTimestamp() : _lastCapturedAt;

    /// <summary>The device runs, perhaps another one than before.</summary>
    public void OnOpened() => _stall = new StallDetector(sampleRate);

    /// <summary>The device is away.</summary>
    public void OnLost() => _toldUntil = _lastCapturedAt;

    /// <summary>Adds to a block what is missing before it.</summary>
    public AudioBlock Account(AudioBlock block)
    {
        if (block.IsEnd)
        {
            return block;
        }

        var lost = block.LostBefore;
        if (_toldUntil is { } until)
        {
            lost += Math.Max(0, Samples(block.CapturedAt - until) - block.Count - block.LostBefore);
            _toldUntil = null;
        }

        lost += _stall.Observe(block.Count + block.LostBefore, block.CapturedAt);
        lost += Suspended();
        _lastCapturedAt = block.CapturedAt;
        return block with { LostBefore = lost };
    }

    /// <summary>While the device is away: the gap since the last report, if a report is due.</summary>
    public bool TryTell(out AudioBlock gap)
    {
        var now = Stopwatch.GetTimestamp();
        var until = _toldUntil ??= _lastCapturedAt;
        var lost = Samples(now - until) + Suspended();
        gap = new AudioBlock(0, now, lost);
        if (Stopwatch.GetElapsedTime(until, now) < Interval || lost == 0)
        {
            return false;
        }

        _toldUntil = now;
        return true;
    }

    private long Suspended() => (long)(suspend.TakeSuspendedSeconds() * sampleRate);

    private long Samples(long ticks) => (long)((Int128)ticks * sampleRate / Stopwatch.Frequency);
}
