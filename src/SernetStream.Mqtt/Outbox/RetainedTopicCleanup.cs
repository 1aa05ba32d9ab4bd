using Microsoft.Extensions.Logging;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Session;

namespace SernetStream.Mqtt.Outbox;

/// <summary>
/// Removes the topics that this node published at the broker under another name, base topic, discovery prefix or device
/// id. Topics below a former name may belong to another node now; the records of other devices and the availability
/// there show it. The connection's thread drives it.
/// </summary>
internal sealed class RetainedTopicCleanup(
    MqttOptions options, IReadOnlyCollection<string> current, PublishedTopics published, MqttOutbox outbox, ILogger logger)
{
    private readonly Dictionary<string, Root> _roots = [];
    private readonly HashSet<string> _claimed = [];
    private readonly HashSet<string> _own = [.. published.Topics];
    private volatile IReadOnlyCollection<string> _current = current;

    /// <summary>Topics that are in use too from now on, as of a room that has come. Any thread, before they are published.</summary>
    public void Know(IEnumerable<string> topics) => _current = [.. _current.Union(topics)];

    /// <summary>A connection stands: begins with what is known to be left over.</summary>
    /// <returns>What is to be subscribed to.</returns>
    public IReadOnlyList<string> Connected()
    {
        _roots.Clear();
        return Begin();
    }

    /// <summary>A record tells what this device published when it was last here, which may not be written down.</summary>
    /// <returns>What is to be subscribed to.</returns>
    public IReadOnlyList<string> Recorded(NodeRecord record)
    {
        var before = new List<string>();
        if (record.Node != options.Node && MqttOptions.IsNode(record.Node))
        {
            before.AddRange(new MqttTopics(options.BaseTopic, record.Node).Retained);
        }

        if (record.Node == options.Node && record.Components.ContainsKey(ControlComponents.FeedbackId))
        {
            // It is not there any more unless something is learnt now too.
            before.Add(new MqttTopics(options.BaseTopic, options.Node).Feedback);
        }

        if (record.DiscoveryPrefix is { } prefix && prefix != options.DiscoveryPrefix && MqttOptions.IsTopic(prefix))
        {
            before.Add(options.DiscoveryTopicBelow(prefix));
        }

        published.Add(before);
        return Begin();
    }

    /// <summary>The broker has answered to a subscription.</summary>
    /// <param name="filter">What was asked for.</param>
    /// <param name="patience">How long what is retained there may take to come; null if it will not.</param>
    public void Subscribed(string filter, TimeSpan? patience)
    {
        if (_roots.Values.FirstOrDefault(root => root.Availability == filter) is { } root)
        {
            root.Verdict = patience is { } wait ? StopwatchTime.In(wait) : null;
        }
    }

    /// <summary>
    /// Whether this node published the topic, under whatever configuration; also when it was removed just now, since
    /// the broker's copy may arrive after that.
    /// </summary>
    public bool IsOwn(string topic) => _own.Contains(topic) || _current.Contains(topic);

    /// <summary>Another device has recorded that it publishes below this topic.</summary>
    public void Claim(string root) => _claimed.Add(root);

    /// <summary>Takes a message in.</summary>
    /// <returns>Whether it was about a former name; such a message may be this node's own, as it takes topics away.</returns>
    public bool Heard(InboundMessage message)
    {
        if (_roots.Values.FirstOrDefault(root => root.Availability == message.Topic) is not { } root)
        {
            return false;
        }

        root.IsOnline = message.Payload.AsSpan().SequenceEqual(MqttTopics.Online);
        if (!message.Retained && !root.IsOnline && root is { Verdict: null, IsCleared: false })
        {
            root.Verdict = StopwatchTime.In(TimeSpan.Zero);
        }

        return true;
    }

    /// <summary>Judges what has been waited for.</summary>
    /// <returns>How long until something is due again.</returns>
    public TimeSpan Tick()
    {
        var wait = TimeSpan.MaxValue;
        foreach (var root in _roots.Values)
        {
            if (root.Verdict is { } due)
            {
                var left = StopwatchTime.Left(due);
                if (left == TimeSpan.Zero)
                {
                    root.Verdict = null;
                    Judge(root);
                }
                else
                {
                    wait = left < wait ? left : wait;
                }
            }
        }

        return wait;
    }

    private List<string> Begin()
    {
        _own.UnionWith(published.Topics);
        var left = published.Topics.Except(_current).ToList();
        var filters = new List<string>();
        foreach (var availability in left.Where(MqttTopics.IsAvailability))
        {
            var root = new Root(availability);
            if (_roots.TryAdd(root.Topic, root))
            {
                // The records first, so that the current user of the name is known before the decision.
                filters.Add(MqttTopics.RecordOf(MqttTopics.BaseOf(root.Topic), "+"));
                filters.Add(availability);
            }
        }

        left.Where(topic => RootOf(topic) is null).ToList().ForEach(outbox.ClearRetained);
        return filters;
    }

    private void Judge(Root root)
    {
        var topics = published.Topics.Except(_current).Where(topic => RootOf(topic) == root).ToList();
        if (_claimed.Contains(root.Topic))
        {
            logger.LogInformation("MQTT: another device uses {Topic} now, so this node leaves its old topics there", root.Topic);
            published.Remove(topics);
        }
        else if (root.IsOnline)
        {
            logger.LogWarning(
                "MQTT: {Topic} says online, though no other device has a record there; this node removes its old topics there "
                + "when it says offline",
                root.Availability);
        }
        else
        {
            // The availability last: after a crash in between, the check of the name's user runs again.
            root.IsCleared = true;
            topics.OrderBy(topic => topic == root.Availability).ToList().ForEach(outbox.ClearRetained);
        }
    }

    private Root? RootOf(string topic) =>
        _roots.Values.FirstOrDefault(root => topic.StartsWith(root.Topic + "/", StringComparison.Ordinal));

    /// <summary>A former name: the topic above all that was published under it.</summary>
    private sealed class Root(string availability)
    {
        public string Availability => availability;

        public string Topic { get; } = MqttTopics.RootOf(availability);

        public bool IsOnline { get; set; }

        public bool IsCleared { get; set; }

        public long? Verdict { get; set; }
    }
}
