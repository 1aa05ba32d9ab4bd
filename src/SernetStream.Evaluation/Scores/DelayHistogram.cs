namespace SernetStream.Evaluation.Scores;

/// <summary>Delays between two bounds.</summary>
/// <param name="From">Seconds, included; negative infinity in the first bar.</param>
/// <param name="To">Seconds, not included; infinity in the last.</param>
/// <param name="Count">How many.</param>
public readonly record struct DelayBar(double From, double To, int Count);

/// <summary>Delays in bars of a tenth of a second from 0 to 2 s, with one below and one above.</summary>
public static class DelayHistogram
{
    private const int PerSecond = 10;
    private const int Inner = 20;

    /// <summary>Counts delays.</summary>
    /// <returns>The bars without the empty ones at both ends.</returns>
    public static IReadOnlyList<DelayBar> Of(IEnumerable<double> delays)
    {
        ArgumentNullException.ThrowIfNull(delays);
        var counts = new int[Inner + 2];
        foreach (var delay in delays)
        {
            // A delay of 0.3 s is 2.9999… tenths of a second.
            counts[Math.Clamp((int)Math.Floor((delay * PerSecond) + 1e-6) + 1, 0, Inner + 1)]++;
        }

        var (first, last) = (Array.FindIndex(counts, count => count > 0), Array.FindLastIndex(counts, count => count > 0));
        return first < 0 ? [] : [.. Enumerable.Range(first, last - first + 1).Select(bar => new DelayBar(Bound(bar), Bound(bar + 1), counts[bar]))];
    }

    private static double Bound(int bar) => bar switch
    {
        0 => double.NegativeInfinity,
        Inner + 2 => double.PositiveInfinity,
        _ => (bar - 1.0) / PerSecond,
    };
}
