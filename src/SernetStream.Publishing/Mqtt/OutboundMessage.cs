namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// What part of the outbox a message came from, and so what becomes of it when the connection is lost.
/// </summary>
internal enum OutboundKind
{
    /// <summary>The newest value of a topic; it is sent again on the next connection.</summary>
    Retained,

    /// <summary>One of a sequence; it is sent again, in its place, unless the broker acknowledged it.</summary>
    Event,

    /// <summary>Gone when it cannot be sent at once.</summary>
    Scores,
}

/// <summary>A message on its way to the broker.</summary>
internal sealed class OutboundMessage(OutboundKind kind, string topic, byte[] payload, int qos)
{
    public OutboundKind Kind => kind;

    public string Topic => topic;

    public byte[] Payload => payload;

    public int Qos => qos;

    public bool Retain => kind == OutboundKind.Retained;

    /// <summary>The id libmosquitto gave it on this connection, once it was published.</summary>
    public int MessageId { get; set; }
}
