namespace SernetStream.Pipeline.Rooms;

/// <summary>When a pipeline is to be stepped again.</summary>
/// <param name="IsOver">Never: it is over.</param>
/// <param name="After">How long from now; <see cref="Timeout.InfiniteTimeSpan"/>: when it is woken.</param>
/// <param name="Awaited">What else ends the wait: a sink that took its time; null: nothing.</param>
internal readonly record struct NextStep(bool IsOver, TimeSpan After, Task? Awaited)
{
    public static NextStep Over => new(true, default, null);

    public static NextStep Soon => new(false, TimeSpan.Zero, null);

    public static NextStep In(TimeSpan wait) => new(false, wait, null);

    public static NextStep When(Task awaited) => new(false, Timeout.InfiniteTimeSpan, awaited);
}
