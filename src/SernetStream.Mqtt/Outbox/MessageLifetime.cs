namespace SernetStream.Mqtt.Outbox;

/// <summary>How long an event or a set of scores is worth sending.</summary>
/// <param name="lifetime">The age at which it expires; null for never.</param>
/// <param name="clock">What it is measured by.</param>
internal sealed class MessageLifetime(TimeSpan? lifetime, TimeProvider clock)
{
    /// <summary>When the life of a message ends that is made now, as a timestamp of the clock; null for never.</summary>
    public long? End() => lifetime is { } length
        ? clock.GetTimestamp() + (long)(length.TotalSeconds * clock.TimestampFrequency)
        : null;

    /// <summary>Whether the message has expired.</summary>
    public bool IsOver(OutboundMessage message) => message.Expires <= clock.GetTimestamp();

    /// <summary>Notes in a message how long somebody may still get it, and returns it.</summary>
    public OutboundMessage WithTimeLeft(OutboundMessage message)
    {
        message.Left = message.Expires is { } expires ? clock.GetElapsedTime(clock.GetTimestamp(), expires) : null;
        return message;
    }
}
