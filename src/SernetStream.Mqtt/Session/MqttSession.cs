using System.Text;
using Microsoft.Extensions.Logging;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Outbox;

namespace SernetStream.Mqtt.Session;

/// <summary>
/// Handles the broker's messages to the node: commands, Home Assistant's birth, and the record of the same device from
/// its last run. The connection's thread drives it.
/// </summary>
/// <remarks>
/// Each device keeps a retained record of itself under its device id, which it reads before it writes its own: so it knows
/// what it announced last time, and what the others are called.
/// </remarks>
internal sealed class MqttSession(
    MqttOptions options,
    MqttTopics topics,
    MqttOutbox outbox,
    MqttAnnouncement announcement,
    RetainedTopicCleanup? former,
    NodeClashes clashes,
    MqttCommands? commands,
    MqttHealth health,
    IReadOnlyList<TimedTopic> timed,
    ILogger logger)
{
    // A broker sends what it retains right behind the answer to the subscription; after this there was nothing.
    private static readonly TimeSpan RetainedTimeout = TimeSpan.FromMilliseconds(500);

    private readonly string _record = MqttTopics.RecordOf(options.BaseTopic, options.EffectiveDeviceId);
    private readonly string? _hubStatus = options.DiscoveryPrefix is null || options.House is not null ? null : options.BirthTopic;
    private readonly string _records = MqttTopics.RecordOf(options.BaseTopic, "+");
    private readonly byte[] _birthPayload = Encoding.UTF8.GetBytes(options.BirthPayload);
    private readonly Queue<string> _newFilters = new();
    private long? _recordMissing;
    private long? _birth;
    private bool _isRecordRead;

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

        if (former is not null)
        {
            // Of rooms, the house is the one that hears of all records and cleans up.
            _newFilters.Enqueue(_records);
            former.Connected().ToList().ForEach(_newFilters.Enqueue);
        }

        _recordMissing = null;
        _birth = null;
        _isRecordRead = false;
        foreach (var topic in timed)
        {
            topic.Changed();
        }
    }

    /// <summary>Takes a filter that is to be subscribed to, if there is one.</summary>
    public bool TryTakeFilter(out string filter) => _newFilters.TryDequeue(out filter!);

    /// <summary>The broker has answered to a subscription.</summary>
    public void Subscribed(string filter, bool accepted)
    {
        former?.Subscribed(filter, accepted ? RetainedTimeout : null);
        if (filter == _record)
        {
            _recordMissing = StopwatchTime.In(accepted ? RetainedTimeout : TimeSpan.Zero);
        }
        else if (!accepted)
        {
            logger.LogWarning(
                "MQTT: {Broker} does not let this node subscribe to {Filter}, so it gets no messages from there",
                options.Broker, filter);
        }
    }

    /// <summary>Takes a message in.</summary>
    public void Heard(InboundMessage message)
    {
        if (MqttTopics.IsRecord(message.Topic, out var baseTopic))
        {
            HeardRecord(message, baseTopic);
        }
        else if (message.Topic == _hubStatus)
        {
            if (!message.Retained && message.Payload.AsSpan().SequenceEqual(_birthPayload))
            {
                _birth ??= StopwatchTime.In(options.BirthJitter * Random.Shared.NextDouble());
            }
        }
        else if (former?.Heard(message) != true && topics.IsCommand(message.Topic))
        {
            commands?.Heard(message);
        }
    }

    /// <summary>Does what is due.</summary>
    /// <returns>How long until something is due again.</returns>
    public TimeSpan Tick()
    {
        var wait = former?.Tick() ?? TimeSpan.MaxValue;
        if (IsDue(ref _recordMissing, ref wait))
        {
            Found(record: null);
        }

        if (IsDue(ref _birth, ref wait))
        {
            outbox.RepeatAll();
        }

        foreach (var topic in timed)
        {
            wait = StopwatchTime.Shortest(wait, topic.Tick(outbox));
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

    /// <summary>
    /// A retained record describes the last run or a known device; one that is not retained describes a device that
    /// runs now.
    /// </summary>
    private void HeardRecord(InboundMessage message, string baseTopic)
    {
        var record = NodeRecord.Read(message.Payload);
        if (message.Topic == _record && message.Retained)
        {
            // The broker sends it once for each matching filter: a topic that was removed after the first is not
            // removed again.
            if (!_isRecordRead)
            {
                _isRecordRead = true;
                Found(record);
            }
        }
        else if (record is not null)
        {
            if (message.Topic != MqttTopics.RecordOf(baseTopic, options.EffectiveDeviceId) && former?.IsOwn(message.Topic) == false)
            {
                former.Claim($"{baseTopic}/{record.Node}");
            }

            if (!message.Retained && baseTopic == options.BaseTopic && clashes.Heard(record))
            {
                outbox.Repeat(_record);
            }
        }
    }

    /// <summary>The earlier record is known now; null if there was none.</summary>
    private void Found(NodeRecord? record)
    {
        _recordMissing = null;
        if (record is not null && former is not null)
        {
            former.Recorded(record).ToList().ForEach(_newFilters.Enqueue);
        }

        announcement.Begin(record);
    }
}
