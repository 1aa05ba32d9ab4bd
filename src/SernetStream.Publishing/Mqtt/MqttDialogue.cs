using Microsoft.Extensions.Logging;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// What a node hears from its broker, and how it answers: commands, Home Assistant's birth, and what was recorded
/// of the same device when it was last here. The connection's thread drives it.
/// </summary>
/// <remarks>
/// A device that was called otherwise before, or was announced to Home Assistant elsewhere, takes away what the broker
/// still keeps of that. It knows by a retained record under its device id, which it reads before it writes its own.
/// </remarks>
internal sealed class MqttDialogue(
    MqttOptions options,
    MqttTopics topics,
    MqttOutbox outbox,
    MqttAnnouncement announcement,
    MqttCommands? commands,
    MqttHealth health,
    ILogger logger)
{
    // A broker sends what it retains right behind the answer to the subscription; after this there was nothing.
    private static readonly TimeSpan RecordPatience = TimeSpan.FromMilliseconds(500);

    private readonly string _record = MqttTopics.RecordOf(options.BaseTopic, options.EffectiveDeviceId);
    private readonly string? _hubStatus = options.DiscoveryPrefix is null ? null : options.BirthTopic;
    private readonly Queue<string> _newFilters = new();
    private MqttTopics? _former;
    private long? _recordMissing;
    private long? _birth;
    private long _nextHealth;

    /// <summary>A connection stands: says what is to be subscribed to.</summary>
    public void Connected()
    {
        health.Connected();
        _newFilters.Clear();
        _newFilters.Enqueue(_record);
        if (commands is not null)
        {
            _newFilters.Enqueue(topics.CommandFilter);
        }

        if (_hubStatus is not null)
        {
            _newFilters.Enqueue(_hubStatus);
        }

        _recordMissing = null;
        _birth = null;
        _nextHealth = 0;
    }

    /// <summary>Takes a filter that is to be subscribed to, if there is one.</summary>
    public bool TryTakeFilter(out string filter) => _newFilters.TryDequeue(out filter!);

    /// <summary>The broker has answered to a subscription.</summary>
    public void Subscribed(string filter, bool accepted)
    {
        if (filter == _record)
        {
            _recordMissing = StopwatchTime.In(accepted ? RecordPatience : TimeSpan.Zero);
        }
        else if (!accepted)
        {
            logger.LogWarning(
                "MQTT: {Broker} does not let this node subscribe to {Filter}, so it will not hear what is said there",
                options.Broker, filter);
        }
    }

    /// <summary>Takes a message in.</summary>
    public void Heard(InboundMessage message)
    {
        if (message.Topic == _record)
        {
            // Not retained: it is this node's own record, as it was just written.
            if (message.Retained)
            {
                Found(NodeRecord.Read(message.Payload));
            }
        }
        else if (message.Topic == _hubStatus)
        {
            if (!message.Retained && message.Payload.AsSpan().SequenceEqual(MqttTopics.Online))
            {
                _birth ??= StopwatchTime.In(options.BirthJitter * Random.Shared.NextDouble());
            }
        }
        else if (message.Topic == _former?.Availability)
        {
            if (message.Retained)
            {
                LeaveFormer(stillUsed: !message.Payload.AsSpan().SequenceEqual(MqttTopics.Offline));
            }
        }
        else
        {
            commands?.Heard(message);
        }
    }

    /// <summary>Does what is due.</summary>
    /// <returns>How long until something is due again.</returns>
    public TimeSpan Tick()
    {
        var wait = TimeSpan.MaxValue;
        if (IsDue(ref _recordMissing, ref wait))
        {
            Found(record: null);
        }

        if (IsDue(ref _birth, ref wait))
        {
            outbox.RepeatAll();
        }

        long? next = _nextHealth;
        if (IsDue(ref next, ref wait))
        {
            _nextHealth = StopwatchTime.In(options.HealthInterval);
            outbox.SetRetained(topics.Health, health.ToUtf8(outbox), qos: 0);
        }

        return wait;
    }

    private static bool IsDue(ref long? moment, ref TimeSpan wait)
    {
        if (moment is not { } due)
        {
            return false;
        }

        var left = StopwatchTime.Left(due);
        if (left > TimeSpan.Zero)
        {
            wait = left < wait ? left : wait;
            return false;
        }

        moment = null;
        return true;
    }

    /// <summary>What was recorded is known now; null when there was nothing.</summary>
    private void Found(NodeRecord? record)
    {
        _recordMissing = null;
        if (record is not null && record.Node != options.Node && MqttOptions.IsNode(record.Node))
        {
            // Somebody else may be called so by now: whether one is there, its availability tells.
            _former = new MqttTopics(options.BaseTopic, record.Node);
            _newFilters.Enqueue(_former.Availability);
        }

        if (record?.DiscoveryPrefix is { } prefix && prefix != options.DiscoveryPrefix && MqttOptions.IsTopic(prefix))
        {
            outbox.ClearRetained(options.DiscoveryTopicBelow(prefix));
        }

        announcement.Begin(record);
    }

    private void LeaveFormer(bool stillUsed)
    {
        var former = _former!;
        _former = null;
        if (stillUsed)
        {
            logger.LogWarning(
                "MQTT: {Topic} says that a node is there which was recorded under the device id of this one; if both run "
                + "with the id {DeviceId}, hubs mix them up: give each its own",
                former.Availability, options.EffectiveDeviceId);
            return;
        }

        foreach (var topic in former.Retained)
        {
            outbox.ClearRetained(topic);
        }
    }
}
