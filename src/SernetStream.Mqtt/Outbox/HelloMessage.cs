namespace SernetStream.Mqtt.Outbox;

/// <summary>What the node says once on each connection, where it says something.</summary>
internal sealed class HelloMessage
{
    private (string Topic, byte[] Payload)? _content;
    private bool _isDue;

    /// <summary>Sets what is said from the next connection on.</summary>
    public void Set(string topic, byte[] payload) => _content = (topic, payload);

    /// <summary>A connection stands.</summary>
    public void Connected() => _isDue = true;

    /// <summary>The message, once; then null, until the next connection.</summary>
    public OutboundMessage? Next()
    {
        if (!_isDue || _content is not ({ } topic, { } payload))
        {
            return null;
        }

        _isDue = false;
        return new OutboundMessage(OutboundKind.Hello, topic, payload, qos: 1);
    }
}
