namespace SernetStream;

/// <summary>
/// Decides which outages of a peer to log: the first at once, and those shortly after it only now and then, so that a
/// peer that comes and goes all day does not fill the log. A logged outage always gets a line for its end, and one that
/// lasts is logged in any case. May be used by any thread.
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

    /// <summary>It failed, for the first time or again; returns whether to log that now.</summary>
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

    /// <summary>It works; returns whether to log that, because its outage was logged.</summary>
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
