namespace SernetStream.Mqtt.Outbox;

/// <summary>The newest payload of each retained topic, and which of them the broker has yet to get.</summary>
internal sealed class RetainedTopics
{
    private readonly List<Entry> _entries = [];
    private Dictionary<string, Entry> _byTopic = [];

    /// <summary>Whether there is anything to be sent.</summary>
    public bool AnyDue => _entries.Exists(entry => entry.Due);

    /// <summary>Sets a payload; what equals the one before is not sent again. An empty one clears the topic.</summary>
    public void Set(string topic, byte[] payload, int qos, byte[]? shortForm = null)
    {
        var known = Find(topic);
        if (known is null)
        {
            _byTopic[topic] = new Entry(topic, payload, qos) { ShortForm = shortForm };
            _entries.Add(_byTopic[topic]);
        }
        else if (!known.Payload.AsSpan().SequenceEqual(payload))
        {
            known.Payload = payload;
            known.ShortForm = shortForm;
            known.Due = true;
        }
    }

    /// <summary>Has a payload sent again, though it has not changed.</summary>
    public void Repeat(string topic)
    {
        if (Find(topic) is { } known)
        {
            known.Due = true;
        }
    }

    /// <summary>Has every payload sent again.</summary>
    public void RepeatAll() => _entries.ForEach(entry => entry.Due = true);

    /// <summary>Forgets a topic if it still is to be clear.</summary>
    public void ForgetCleared(string topic)
    {
        if (Find(topic) is { Payload.Length: 0 } cleared)
        {
            _entries.Remove(cleared);
            _byTopic.Remove(topic);
        }
    }

    /// <summary>Whether there is anything to be sent of these topics.</summary>
    public bool AnyDueOf(IReadOnlySet<string> topics) => _entries.Exists(entry => entry.Due && topics.Contains(entry.Topic));

    /// <summary>Forgets these topics.</summary>
    public void Forget(IReadOnlySet<string> topics)
    {
        _entries.RemoveAll(entry => topics.Contains(entry.Topic));
        _byTopic = _entries.ToDictionary(entry => entry.Topic);
    }

    /// <summary>Takes what is due, in the order in which the topics were first set.</summary>
    public OutboundMessage? Next()
    {
        var due = _entries.Find(entry => entry.Due);
        if (due is null)
        {
            return null;
        }

        due.Due = false;
        return new OutboundMessage(OutboundKind.Retained, due.Topic, due.Payload, due.Qos) { ShortForm = due.ShortForm };
    }

    private Entry? Find(string topic) => _byTopic.GetValueOrDefault(topic);

    private sealed class Entry(string topic, byte[] payload, int qos)
    {
        public string Topic => topic;

        public int Qos => qos;

        public byte[] Payload { get; set; } = payload;

        public byte[]? ShortForm { get; set; }

        public bool Due { get; set; } = true;
    }
}
