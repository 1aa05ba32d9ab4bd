using SernetStream.Mqtt.Outbox;
using SernetStream.Publishing;

namespace SernetStream.Mqtt.HomeAssistant;

/// <summary>
/// The record of this device and its announcement to Home Assistant, kept up to date in the outbox. Nothing is
/// announced before the last record and the model's labels are known.
/// </summary>
internal sealed class MqttAnnouncement(MqttOptions options, MqttTopics topics, MqttOutbox outbox, INodeControls? controls, string instance)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _known = [];
    private NodeDescription? _description;
    private bool _begun;

    /// <summary>Says what the node is; again when it changes, as with another model.</summary>
    public void Describe(NodeDescription description)
    {
        lock (_gate)
        {
            if (_description is { } known && known.Equals(description))
            {
                return;
            }

            _description = description;
            Update();
        }
    }

    /// <summary>Whether an event of this model and these labels says something new about the node.</summary>
    public void Learn(EmotionEvent emotionEvent)
    {
        NodeDescription? known;
        lock (_gate)
        {
            known = _description;
        }

        var labels = emotionEvent.Probabilities.Labels;
        if (known is null || known.Model != emotionEvent.Model
            || (!ReferenceEquals(known.Labels, labels) && !known.Labels.SequenceEqual(labels)))
        {
            Describe((known ?? new NodeDescription()) with { Model = emotionEvent.Model, Labels = labels });
        }
    }

    /// <summary>Begins to announce; <paramref name="before"/> is what was recorded last time, if anything was.</summary>
    public void Begin(NodeRecord? before)
    {
        lock (_gate)
        {
            // A record that comes late, or again with each connection, is this node's own.
            if (before is not null)
            {
                foreach (var (id, platform) in before.Components)
                {
                    _known.TryAdd(id, platform);
                }
            }

            _begun = true;
            Update();
        }
    }

    private void Update()
    {
        if (!_begun)
        {
            return;
        }

        // Another model has other labels, and so other components.
        var now = HomeAssistantDiscovery.Platforms(options, controls, _description?.Labels ?? []);
        if (options.DiscoveryTopic is not null && _description is not null)
        {
            var removed = _known.Where(component => !now.ContainsKey(component.Key)).ToDictionary();
            var message = HomeAssistantDiscovery.ToUtf8(options, topics, _description, controls, removed);
            foreach (var (id, platform) in now)
            {
                _known[id] = platform;
            }

            outbox.SetRetained(options.DiscoveryTopic!, message, qos: 1, HomeAssistantShortForm.Of(message));
        }

        var record = new NodeRecord(
            options.EffectiveDeviceId,
            options.Node,
            options.DiscoveryPrefix,
            options.DiscoveryTopic is null ? new Dictionary<string, string>() : now,
            Environment.MachineName,
            instance);
        outbox.SetRetained(
            MqttTopics.RecordOf(options.BaseTopic, options.EffectiveDeviceId), record.ToUtf8(options.BaseTopic), qos: 1);
    }
}
