namespace SernetStream;

/// <summary>
/// Decides which outages of a peer are worth a line in the log: the first at once, and those that follow on its heels only
/// every now and then, so that a peer that comes and goes all day does not fill the log. What is told to be gone is told
/// to be back, and what stays away is told in the end. May be used by any thread.
/// </summary>
/// <param name="clock">The time.</param>
public sealed class OutageNews(TimeProvider clock)
{
    private static readonly TimeSpan ShortestSilence = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly BackOff _silences = new(ShortestSilence, LongestSilence, lasting: 2 * LongestSilence);
    private long _toldAt;
    private TimeSpan _silence = TimeSpan.Zero;
    private bool _isTold;

    /// <summary>It failed, for the first time or again; whether that has to be told now.</summary>
    public bool Gone()
    {
        lock (_gate)
        {
            var quiet = _silence == TimeSpan.Zero ? TimeSpan.MaxValue : clock.GetElapsedTime(_toldAt);
            if (_isTold || quiet < _silence)
            {
                return false;
            }

            (_isTold, _toldAt, _silence) = (true, clock.GetTimestamp(), _silences.NextAfter(quiet));
            return true;
        }
    }

    /// <summary>It works; whether that has to be told, because it was told to be gone.</summary>
    public bool Back()
    {
        lock (_gate)
        {
            var wasTold = _isTold;
            _isTold = false;
            return wasTold;
        }
    }
}
