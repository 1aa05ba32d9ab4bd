using System.Diagnostics;

namespace SernetStream.Mqtt.Session;

/// <summary>Moments of the monotonic clock, in ticks of <see cref="Stopwatch"/>.</summary>
internal static class StopwatchTime
{
    /// <summary>The moment that is <paramref name="span"/> from now.</summary>
    public static long In(TimeSpan span) =>
        Stopwatch.GetTimestamp() + (long)(span.TotalSeconds * Stopwatch.Frequency);

    /// <summary>How long it is until <paramref name="moment"/>; 0 when it has passed.</summary>
    public static TimeSpan Left(long moment)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), moment);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>The shortest of some spans.</summary>
    public static TimeSpan Shortest(params ReadOnlySpan<TimeSpan> spans)
    {
        var shortest = spans[0];
        foreach (var span in spans)
        {
            shortest = span < shortest ? span : shortest;
        }

        return shortest;
    }
}
