namespace SernetStream.Mqtt.Outbox;

/// <content>What an outbox needs that several rooms share, each with topics of its own below a root.</content>
internal sealed partial class MqttOutbox
{
    /// <summary>Whether anything may be sent now; asked before each message. Until it may, all waits.</summary>
    public Func<bool> MaySend { get; set; } = () => true;

    /// <summary>Queues an event without waiting: where there is no room, the oldest gives way of the topic that has most.</summary>
    public void PostEvent(string topic, byte[] payload)
    {
        lock (_gate)
        {
            DropExpired();
            if (EventCount >= eventCapacity && _waiting.Count > 0)
            {
                _waiting.MakeRoom();
                Interlocked.Increment(ref _dropped);
            }

            _waiting.Add(new OutboundMessage(OutboundKind.Event, topic, payload, eventQos, _lifetime.End()));
        }
    }

    /// <summary>Whether the broker has everything of some topics.</summary>
    public bool IsSettled(IReadOnlySet<string> topics)
    {
        lock (_gate)
        {
            return !_retained.AnyDueOf(topics) && !_waiting.AnyOf(topics) && !_inFlight.AnyOf(topics);
        }
    }

    /// <summary>Says no more of some topics; the broker keeps what it has of them.</summary>
    public void Forget(IReadOnlySet<string> topics)
    {
        lock (_gate)
        {
            _retained.Forget(topics);
        }
    }
}
