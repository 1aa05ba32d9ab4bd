using SernetStream.Native;

namespace SernetStream.Audio.Capture;

/// <summary>
/// Notices that the machine was suspended: the time since boot goes on meanwhile, the monotonic clock of all other
/// measurements does not.
/// </summary>
/// <param name="sinceBoot">Nanoseconds with suspended time.</param>
/// <param name="monotonic">Nanoseconds without.</param>
internal sealed class SuspendWatch(Func<long> sinceBoot, Func<long> monotonic)
{
    /// <summary>Two clocks read one after the other differ a little; a shorter suspension does not count.</summary>
    private const double ShortestSeconds = 1;

    private long _offset = sinceBoot() - monotonic();

    public SuspendWatch()
        : this(SystemClocks.SinceBoot, SystemClocks.Monotonic)
    {
    }

    /// <summary>Seconds the machine was suspended since the last call; 0 if it was not.</summary>
    public double TakeSuspendedSeconds()
    {
        var offset = sinceBoot() - monotonic();
        var seconds = (offset - _offset) * 1e-9;
        if (seconds < ShortestSeconds)
        {
            return 0;
        }

        _offset = offset;
        return seconds;
    }
}
