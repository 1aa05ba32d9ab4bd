namespace SernetStream.Mqtt.Outbox;

/// <summary>The messages that the broker was given and has not answered yet, in the order in which they were given.</summary>
internal sealed class MessagesInFlight
{
    private readonly List<OutboundMessage> _messages = [];

    /// <summary>How many there are.</summary>
    public int Count => _messages.Count;

    /// <summary>Those that are events.</summary>
    public IEnumerable<OutboundMessage> Events => _messages.Where(message => message.Kind == OutboundKind.Event);

    /// <summary>Whether scores of a topic are among them.</summary>
    public bool HasScores(string topic) => _messages.Exists(message => message.Kind == OutboundKind.Scores && message.Topic == topic);

    /// <summary>How large the largest packet is, in bytes; 0 when there is none.</summary>
    public int LargestPacket => _messages.Select(message => message.PacketSize).DefaultIfEmpty().Max();

    /// <summary>Whether the broker may be given one more. Of QoS 2 there is one at a time.</summary>
    /// <param name="window">How many there may be.</param>
    public bool HasRoom(int window) => _messages.Count < window && !_messages.Exists(message => message.Qos == 2);

    /// <summary>Whether there are any of these topics.</summary>
    public bool AnyOf(IReadOnlySet<string> topics) => _messages.Exists(message => topics.Contains(message.Topic));

    /// <summary>Adds a message and returns it.</summary>
    public OutboundMessage Add(OutboundMessage message)
    {
        _messages.Add(message);
        return message;
    }

    /// <summary>The message of an id; null where there is none.</summary>
    public OutboundMessage? Find(int messageId) => _messages.Find(message => message.MessageId == messageId);

    /// <summary>The broker has answered to this one.</summary>
    public void Remove(OutboundMessage message) => _messages.Remove(message);

    /// <summary>None of them will be answered.</summary>
    public void Clear() => _messages.Clear();
}
