namespace SernetStream.Mqtt.Outbox;

/// <summary>
/// The part of the outbox that a message came from. It decides what happens to it when the connection is lost.
/// </summary>
internal enum OutboundKind
{
    /// <summary>The newest value of a topic; it is sent again on the next connection.</summary>
    Retained,

    /// <summary>One of a sequence; it is sent again, in its place, unless the broker acknowledged it.</summary>
    Event,

    /// <summary>Gone when it cannot be sent at once.</summary>
    Scores,

    /// <summary>Sent once on each connection, behind the retained topics.</summary>
    Hello,
}

/// <summary>A message on its way to the broker.</summary>
/// <param name="kind">What becomes of it when the connection is lost.</param>
/// <param name="topic">Its topic.</param>
/// <param name="payload">Its payload.</param>
/// <param name="qos">Its quality of service, 0..2.</param>
/// <param name="expires">When it expires, as a timestamp of the outbox's clock; null for never.</param>
internal sealed class OutboundMessage(OutboundKind kind, string topic, byte[] payload, int qos, long? expires = null)
{
    public OutboundKind Kind => kind;

    public string Topic => topic;

    public byte[] Payload => payload;

    public int Qos => qos;

    public long? Expires => expires;

    /// <summary>The same in fewer bytes, where there is such a form.</summary>
    public byte[]? ShortForm { get; init; }

    public bool Retain => kind == OutboundKind.Retained;

    /// <summary>How long somebody may still get it, as it was when it was taken to be sent; null for ever.</summary>
    public TimeSpan? Left { get; set; }

    /// <summary>How large the packet was with which it was sent, in bytes; 0 before.</summary>
    public int PacketSize { get; set; }

    /// <summary>The id it was given on this connection, once it was published.</summary>
    public int MessageId { get; set; }
}
