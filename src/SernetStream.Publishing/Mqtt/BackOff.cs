namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// How long to wait before trying again: the span doubles with every failure in a row, and half of it is left to
/// chance, so that many nodes do not come back to a restarted broker in the same moment.
/// </summary>
/// <param name="shortest">The shortest wait, and the least of the first.</param>
/// <param name="longest">The longest wait.</param>
/// <param name="random">The chance.</param>
internal sealed class BackOff(TimeSpan shortest, TimeSpan longest, Random random)
{
    // Zero: no failure yet.
    private TimeSpan _span;
    private TimeSpan _lastWait;

    /// <summary>
    /// The wait after one more failure: within 1 to 2 times the shortest, then 2 to 4 times, up to the longest.
    /// </summary>
    public TimeSpan Next()
    {
        var doubled = 2 * (_span > TimeSpan.Zero ? _span : shortest);
        _span = doubled < longest ? doubled : longest;
        return WithinUpperHalf();
    }

    /// <summary>
    /// The wait after something that worked for a while has failed. If that was longer than the wait before it, this
    /// is a first failure; a broker that accepts and drops again at once is tried ever more slowly.
    /// </summary>
    public TimeSpan NextAfter(TimeSpan worked)
    {
        if (worked > _lastWait)
        {
            _span = TimeSpan.Zero;
        }

        return Next();
    }

    /// <summary>
    /// The wait after a refusal that only a person can change: between half of the longest and the longest.
    /// </summary>
    public TimeSpan NextLong()
    {
        _span = longest;
        return WithinUpperHalf();
    }

    private TimeSpan WithinUpperHalf()
    {
        var wait = _span * (0.5 + (0.5 * random.NextDouble()));
        _lastWait = wait < shortest ? shortest : wait;
        return _lastWait;
    }
}
