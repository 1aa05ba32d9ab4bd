namespace SernetStream.PluginSupervisor.Hosted;

/// <summary>How many lines a plugin may write: a burst at any time, and a few a second over a long time.</summary>
internal sealed class LogRateLimit(TimeProvider clock)
{
    private const double Burst = 100;
    private const double EachSecond = 2;

    private readonly Lock _gate = new();
    private double _left = Burst;
    private long _last = clock.GetTimestamp();
    private int _leftOut;

    /// <summary>Whether one more line may be written, and how many were left out before it.</summary>
    public bool TryTake(out int leftOut)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            _left = Math.Min(Burst, _left + (EachSecond * clock.GetElapsedTime(_last, now).TotalSeconds));
            _last = now;
            if (_left < 1)
            {
                _leftOut++;
                leftOut = 0;
                return false;
            }

            _left--;
            leftOut = _leftOut;
            _leftOut = 0;
            return true;
        }
    }

    /// <summary>How many lines were left out since one was written; they count once.</summary>
    public int TakeLeftOut()
    {
        lock (_gate)
        {
            var leftOut = _leftOut;
            _leftOut = 0;
            return leftOut;
        }
    }
}
