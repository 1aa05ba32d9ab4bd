namespace SernetStream.Diary;

/// <summary>
/// The time by which old entries are removed. A clock that jumps into the future must not empty the diary, so a jump
/// counts only after it has lasted a day; until then the time goes on from before the jump. A jump into the past removes
/// nothing, and counts at once.
/// </summary>
/// <param name="clock">The clock on the wall, and one that cannot be set.</param>
internal sealed class RetentionClock(TimeProvider clock)
{
    private static readonly TimeSpan Drift = TimeSpan.FromHours(1);
    private static readonly TimeSpan Lasting = TimeSpan.FromDays(1);

    private (DateTimeOffset Time, long At) _trusted = (clock.GetUtcNow(), clock.GetTimestamp());
    private long? _jumpedAt;

    /// <summary>The time that is trusted.</summary>
    public DateTimeOffset Now()
    {
        var (now, expected) = (clock.GetUtcNow(), _trusted.Time + clock.GetElapsedTime(_trusted.At));
        if (now <= expected + Drift)
        {
            return Trust(now);
        }

        _jumpedAt ??= clock.GetTimestamp();
        return clock.GetElapsedTime(_jumpedAt.Value) >= Lasting ? Trust(now) : expected;
    }

    private DateTimeOffset Trust(DateTimeOffset now)
    {
        (_trusted, _jumpedAt) = ((now, clock.GetTimestamp()), null);
        return now;
    }
}
