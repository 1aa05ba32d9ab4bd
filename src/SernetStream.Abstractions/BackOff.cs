namespace SernetStream;

/// <summary>
/// How long to wait before trying again what failed: the span doubles with every failure in a row, and half of it is
/// left to chance, so that many nodes do not come back to a restarted peer in the same moment. A row ends only after a
/// success that lasted: a peer that accepts and closes at once is tried ever more slowly. Not safe for more than one
/// thread.
/// </summary>
public sealed class BackOff
{
    private readonly TimeSpan _shortest;
    private readonly TimeSpan _longest;
    private readonly Random _random;
    private TimeSpan _span;

    /// <param name="shortest">The shortest wait, and the least of the first; greater than 0.</param>
    /// <param name="longest">The longest wait; at most 1 day.</param>
    /// <param name="lasting">How long something has to work to end a row of failures; null: as long as the longest wait.</param>
    /// <param name="random">The chance; null: that of the process.</param>
    public BackOff(TimeSpan shortest, TimeSpan longest, TimeSpan? lasting = null, Random? random = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(shortest, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, shortest);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(longest, TimeSpan.FromDays(1));
        _shortest = shortest;
        _longest = longest;
        _random = random ?? Random.Shared;
        Lasting = lasting ?? longest;
    }

    /// <summary>How long something has to work to end a row of failures.</summary>
    public TimeSpan Lasting { get; }

    /// <summary>How many failures there were in a row.</summary>
    public int Failures { get; private set; }

    /// <summary>
    /// The wait after one more failure: within 1 to 2 times the shortest, then 2 to 4 times, up to the longest.
    /// </summary>
    public TimeSpan Next()
    {
        var last = Failures == 0 ? _shortest : _span;
        return Fail(last < _longest / 2 ? 2 * last : _longest);
    }

    /// <summary>The wait after something that had worked for <paramref name="worked"/> has failed.</summary>
    public TimeSpan NextAfter(TimeSpan worked)
    {
        if (worked >= Lasting)
        {
            Reset();
        }

        return Next();
    }

    /// <summary>
    /// The wait after a refusal that only a person can change: between half of the longest and the longest.
    /// </summary>
    public TimeSpan NextLong() => Fail(_longest);

    /// <summary>Ends the row: it works, and not just for a moment.</summary>
    public void Reset() => Failures = 0;

    private TimeSpan Fail(TimeSpan span)
    {
        Failures++;
        _span = span;
        var wait = span * (0.5 + (0.5 * _random.NextDouble()));
        return wait < _shortest ? _shortest : wait;
    }
}
