namespace SernetStream.Publishing;

/// <summary>The bounds of a <see cref="PublisherHost"/>.</summary>
public sealed record PublisherHostOptions
{
    /// <summary>How many events and speech changes wait for one publisher; at least 1.</summary>
    public int QueueLength { get; init; } = 256;

    /// <summary>How long what is queued may still take after the last event, where nobody asked for the end.</summary>
    public TimeSpan FinishLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long what is queued may still take at shutdown, within <see cref="EndLimit"/>. All publishers drain at the same
    /// time.
    /// </summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(0.7);

    /// <summary>
    /// How long a publisher may take to end, draining included; then it is abandoned. A process ends within two
    /// seconds, and its other parts need the rest of that time.
    /// </summary>
    public TimeSpan EndLimit { get; init; } = TimeSpan.FromSeconds(1.6);
}
