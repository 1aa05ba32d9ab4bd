using SernetStream.Publishing;

namespace SernetStream.Mqtt.Outbox;

/// <summary>The events that are still to be sent, oldest first. Each room has a topic of its own.</summary>
internal sealed class WaitingEvents
{
    private readonly LinkedList<OutboundMessage> _events = new();
    private readonly Shares _shares = new();

    /// <summary>How many there are.</summary>
    public int Count => _events.Count;

    /// <summary>Adds the newest.</summary>
    public void Add(OutboundMessage message)
    {
        _events.AddLast(message);
        _shares.Take(message.Topic);
    }

    /// <summary>Puts those in front that were taken but did not arrive.</summary>
    public void PutBack(IEnumerable<OutboundMessage> messages)
    {
        foreach (var message in messages.Reverse())
        {
            _events.AddFirst(message);
            _shares.Take(message.Topic);
        }
    }

    /// <summary>Takes the oldest; null when there is none.</summary>
    public OutboundMessage? Take()
    {
        var oldest = _events.First;
        if (oldest is not null)
        {
            Remove(oldest);
        }

        return oldest?.Value;
    }

    /// <summary>Makes room: drops the oldest of the topic that has most, so that a room that floods displaces its own events alone.</summary>
    public void MakeRoom()
    {
        var largest = _shares.Largest;
        for (var oldest = _events.First; oldest is not null; oldest = oldest.Next)
        {
            if (_shares.Of(oldest.Value.Topic) == largest)
            {
                Remove(oldest);
                return;
            }
        }
    }

    /// <summary>Drops those that have expired. All live equally long, so they are in front.</summary>
    /// <returns>How many there were.</returns>
    public int DropExpired(MessageLifetime lifetime)
    {
        var count = 0;
        for (; _events.First is { } oldest && lifetime.IsOver(oldest.Value); count++)
        {
            Remove(oldest);
        }

        return count;
    }

    /// <summary>Whether there are any of these topics.</summary>
    public bool AnyOf(IReadOnlySet<string> topics) => _events.Any(message => topics.Contains(message.Topic));

    /// <summary>Drops all.</summary>
    public void Clear()
    {
        _events.Clear();
        _shares.Clear();
    }

    private void Remove(LinkedListNode<OutboundMessage> node)
    {
        _events.Remove(node);
        _shares.Return(node.Value.Topic);
    }
}
