namespace SernetStream.Publishing;

/// <summary>The bounds of a <see cref="PublisherHost"/>.</summary>
public sealed record PublisherHostOptions
{
    /// <summary>How many events and speech changes wait for one publisher; at least 1.</summary>
    public int QueueLength { get; init; } = 256;

    /// <summary>How long what is queued may still take at shutdown. All publishers drain at the same time.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long a publisher may take to dispose, after its queue is empty or the drain limit has passed.
    /// </summary>
    public TimeSpan DisposeLimit { get; init; } = TimeSpan.FromSeconds(3);
}
