namespace SernetStream.Mqtt.Outbox;

/// <summary>The events that are still to be sent, oldest first.</summary>
internal sealed class WaitingEvents
{
    private readonly LinkedList<OutboundMessage> _events = new();

    /// <summary>How many there are.</summary>
    public int Count => _events.Count;

    /// <summary>Adds the newest.</summary>
    public void Add(OutboundMessage message) => _events.AddLast(message);

    /// <summary>Puts those in front that were taken but did not arrive.</summary>
    public void PutBack(IEnumerable<OutboundMessage> messages)
    {
        foreach (var message in messages.Reverse())
        {
            _events.AddFirst(message);
        }
    }

    /// <summary>Takes the oldest; null when there is none.</summary>
    public OutboundMessage? Take()
    {
        var oldest = _events.First?.Value;
        if (oldest is not null)
        {
            _events.RemoveFirst();
        }

        return oldest;
    }

    /// <summary>Drops the oldest, to make room.</summary>
    public void DropOldest() => _events.RemoveFirst();

    /// <summary>Drops those that have expired. All live equally long, so they are in front.</summary>
    /// <returns>How many there were.</returns>
    public int DropExpired(MessageLifetime lifetime)
    {
        var count = 0;
        for (; _events.First is { } oldest && lifetime.IsOver(oldest.Value); count++)
        {
            _events.RemoveFirst();
        }

        return count;
    }

    /// <summary>Whether there are any of topics below a root.</summary>
    public bool AnyBelow(string root) => _events.Any(message => MqttOutbox.IsBelow(message.Topic, root));

    /// <summary>Drops all.</summary>
    public void Clear() => _events.Clear();
}
