using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Session;
using SernetStream.Publishing;

namespace SernetStream.Mqtt.Diagnosis;

/// <summary>What a <see cref="MqttProbe"/> found out.</summary>
public enum MqttProbeOutcome
{
    /// <summary>The broker does all that a node needs.</summary>
    Well,

    /// <summary>
    /// The broker accepts this node, but does not say whether it takes its messages (only MQTT 5 does).
    /// </summary>
    RightsUnknown,

    /// <summary>No answer, or none in MQTT.</summary>
    Unreachable,

    /// <summary>The broker does not let this node in.</summary>
    Refused,

    /// <summary>The broker keeps no retained messages, and so no last will.</summary>
    KeepsNothing,

    /// <summary>The broker refuses messages of this node to some topics.</summary>
    MayNotPublish,

    /// <summary>The broker does not deliver messages at some topics to this node.</summary>
    MayNotHear,

    /// <summary>The broker does not take a message as large as the announcement to Home Assistant, in either form.</summary>
    TooLarge,

    /// <summary>The broker takes the announcement to Home Assistant in its shorter form only, which the node then sends.</summary>
    Shortened,
}

/// <summary>One thing that was found out.</summary>
/// <param name="Outcome">What.</param>
/// <param name="Reason">Why, in words that fit into brackets.</param>
public sealed record MqttProbeResult(MqttProbeOutcome Outcome, string Reason)
{
    /// <summary>The topics it is about.</summary>
    public IReadOnlyList<string> Topics { get; init; } = [];

    /// <summary>How large the message was that it is about, in bytes.</summary>
    public int Size { get; init; }
}

/// <summary>
/// Tests a broker once with what the daemon does: a last will, retained messages, messages to each of its topics and as
/// large as its largest, commands. Under a client id of its own; what must be retained goes to a topic of its own,
/// which is cleared, and to the node's topics goes, not retained, what is there already. So a node that runs is not
/// disturbed.
/// </summary>
public static class MqttProbe
{
    /// <summary>The device id to give where the node has none yet; no hub knows it or learns of it.</summary>
    public const string NoDevice = "not-yet-made";

    // A broker sends what it retains right behind the answer to the subscription; a command takes a round trip.
    private static readonly TimeSpan RetainedTimeout = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Tries; it takes a few seconds at most.</summary>
    /// <param name="options">The node's options; with its device id, or <see cref="NoDevice"/>.</param>
    /// <param name="node">What the node is.</param>
    /// <param name="controls">What it can be told.</param>
    /// <returns>What is wrong; or, as one result, that all is well or is not known.</returns>
    public static IReadOnlyList<MqttProbeResult> Run(MqttOptions options, NodeDescription node, INodeControls controls)
    {
        ArgumentNullException.ThrowIfNull(options);
        var announcement = HomeAssistantDiscovery.ToUtf8(
            options, new MqttTopics(options.BaseTopic, options.Node), node, controls, new Dictionary<string, string>());
        return Task.Run(() => RunAsync(options, announcement)).GetAwaiter().GetResult();
    }

    // Only MQTT 5 tells whether a message was taken, so it is asked in MQTT 5 first, and then as the daemon will.
    private static async Task<IReadOnlyList<MqttProbeResult>> RunAsync(MqttOptions options, byte[] announcement)
    {
        var told = await TryAsync(options, announcement, MqttVersion.V5).ConfigureAwait(false);
        if (told is { Count: > 0 })
        {
            return told;
        }

        var asSet = told is not null && options.Version == MqttVersion.V5
            ? []
            : await TryAsync(options, announcement, options.Version).ConfigureAwait(false);
        return asSet switch
        {
            null => [new MqttProbeResult(MqttProbeOutcome.Refused, $"{options.Broker} does not speak the version of MQTT that is set")],
            { Count: > 0 } => asSet,
            _ => [new MqttProbeResult(told is null ? MqttProbeOutcome.RightsUnknown : MqttProbeOutcome.Well, "")],
        };
    }

    /// <returns>What is wrong; null where the broker does not speak this version.</returns>
    private static async Task<IReadOnlyList<MqttProbeResult>?> TryAsync(MqttOptions options, byte[] announcement, MqttVersion version)
    {
        var topics = new MqttTopics(options.BaseTopic, options.Node);
        bool leftMessages;
        var results = new List<MqttProbeResult>();
        using (var trial = new BrokerTrial(options, version, will: topics.Probe))
        {
            if (await trial.ConnectAsync().ConfigureAwait(false) is { } refused)
            {
                return trial.IsOtherVersion ? null : [refused];
            }

            results.AddRange(await SubscribeAsync(trial, options, topics).ConfigureAwait(false));
            results.AddRange(await PublishAsync(trial, options, topics).ConfigureAwait(false));
            results.AddRange(await ObeyAsync(trial, topics).ConfigureAwait(false));
            results.AddRange(await AnnounceAsync(trial, options, topics, announcement, version).ConfigureAwait(false));
            await trial.PublishAsync(topics.Probe, [], retain: true).ConfigureAwait(false);
            leftMessages = trial.IsOver;
            await trial.GoodbyeAsync().ConfigureAwait(false);
        }

        if (leftMessages)
        {
            await CleanAsync(options, topics, version).ConfigureAwait(false);
        }

        return results;
    }

    private static async Task<IEnumerable<MqttProbeResult>> SubscribeAsync(BrokerTrial trial, MqttOptions options, MqttTopics topics)
    {
        if (!trial.Limits.KeepsRetained)
        {
            return [new MqttProbeResult(MqttProbeOutcome.KeepsNothing, MqttReason.Words(MqttReason.RetainNotSupported))];
        }

        string[] needed = options.DiscoveryPrefix is null ? [topics.CommandFilter] : [topics.CommandFilter, options.BirthTopic];
        var refused = new List<(string Filter, string Reason)>();
        foreach (var filter in needed)
        {
            if (await trial.SubscribeAsync(filter).ConfigureAwait(false) is { } reason)
            {
                refused.Add((filter, reason));
            }
        }

        // What is there already; a missing right to read it is not a fault.
        foreach (var topic in MqttTopics.RetainedOf(options, hasControls: true))
        {
            await trial.SubscribeAsync(topic).ConfigureAwait(false);
        }

        await trial.HearAsync("", RetainedTimeout).ConfigureAwait(false);
        return Group(MqttProbeOutcome.MayNotHear, refused);
    }

    /// <summary>To each topic of the node, a message that nobody takes for news.</summary>
    private static async Task<IEnumerable<MqttProbeResult>> PublishAsync(
        BrokerTrial trial, MqttOptions options, MqttTopics topics)
    {
        var isRunning = IsRunning(trial, topics);
        var refused = new List<(string Topic, string Reason)>();
        foreach (var topic in MqttTopics.RetainedOf(options with { DiscoveryPrefix = null }, hasControls: true).Append(topics.Event)
            .Concat(options.HelloTopic is { } hello ? [hello] : []))
        {
            var there = trial.Heard(topic);
            if (there is null && isRunning)
            {
                // The node's message there cannot be read, and any other would be news.
                continue;
            }

            var nothing = topic == topics.Event ? "{}"u8.ToArray() : [];
            if (await trial.PublishAsync(topic, there ?? nothing, retain: false).ConfigureAwait(false) is { } reason)
            {
                refused.Add((topic, reason));
            }
        }

        if (await trial.PublishAsync(topics.Probe, MqttTopics.Online.ToArray(), retain: true).ConfigureAwait(false) is { } notKept)
        {
            refused.Add((topics.Probe, notKept));
        }

        return Group(MqttProbeOutcome.MayNotPublish, refused);
    }

    /// <summary>An empty command, which no node obeys, must come back.</summary>
    private static async Task<IEnumerable<MqttProbeResult>> ObeyAsync(BrokerTrial trial, MqttTopics topics)
    {
        var command = MqttTopics.CommandOf(topics.Probe);
        return await trial.PublishAsync(command, [], retain: false).ConfigureAwait(false) is null
            && await trial.HearAsync(command, CommandTimeout).ConfigureAwait(false) is null
            ? [new MqttProbeResult(MqttProbeOutcome.MayNotHear, "nothing came back") { Topics = [topics.CommandFilter] }]
            : [];
    }

    /// <summary>As large as the announcement first, where it does no harm; then what is announced already, or would be.</summary>
    private static async Task<IEnumerable<MqttProbeResult>> AnnounceAsync(
        BrokerTrial trial, MqttOptions options, MqttTopics topics, byte[] announcement, MqttVersion version)
    {
        if (options.DiscoveryTopic is null || trial.IsOver)
        {
            return [];
        }

        var results = new List<MqttProbeResult>();
        if (await TakesAsync(trial, options, topics, announcement, version).ConfigureAwait(false) is { } large)
        {
            announcement = HomeAssistantShortForm.Of(announcement);
            if (!await TakesAnewAsync(trial, options, topics, announcement, version).ConfigureAwait(false))
            {
                return [large];
            }

            results.Add(large with { Outcome = MqttProbeOutcome.Shortened });
            if (trial.IsOver)
            {
                return results;
            }
        }

        // An empty announcement removes the device from a hub: it is sent only for a device that does not exist.
        var there = trial.Heard(options.DiscoveryTopic) is { Length: > 0 } heard ? heard : null;
        var payload = options.DeviceId == NoDevice ? [] : there ?? (IsRunning(trial, topics) ? null : announcement);
        if (payload is not null
            && await trial.PublishAsync(options.DiscoveryTopic, payload, retain: false).ConfigureAwait(false) is { } refusal)
        {
            results.AddRange(Group(MqttProbeOutcome.MayNotPublish, [(options.DiscoveryTopic, refusal)]));
        }

        return results;
    }

    /// <summary>Publishes as many bytes to the probe's topic as the announcement would have.</summary>
    /// <returns>That it is too large; null where the broker takes it.</returns>
    private static async Task<MqttProbeResult?> TakesAsync(
        BrokerTrial trial, MqttOptions options, MqttTopics topics, byte[] announcement, MqttVersion version)
    {
        var message = new OutboundMessage(OutboundKind.Retained, options.DiscoveryTopic!, announcement, qos: 1);
        var size = BrokerLimits.SizeOf(message, announcement.Length, version);
        var probe = new OutboundMessage(OutboundKind.Retained, topics.Probe, announcement, qos: 1);
        var more = size - BrokerLimits.SizeOf(probe, announcement.Length, version);
        var reason = size > trial.Limits.PacketSize
            ? $"it takes packets of up to {trial.Limits.PacketSize} bytes"
            : await trial.PublishAsync(topics.Probe, [.. announcement, .. new byte[Math.Max(0, more)]], retain: true).ConfigureAwait(false);

        // A missing right to write there is reported already; it says nothing about the size.
        return reason is null || reason == MqttReason.Words(MqttReason.NotAuthorised)
            ? null
            : new MqttProbeResult(MqttProbeOutcome.TooLarge, reason) { Topics = [options.DiscoveryTopic!], Size = size };
    }

    /// <summary>Whether the broker takes this, too; over a new connection where it has ended the one before.</summary>
    private static async Task<bool> TakesAnewAsync(
        BrokerTrial before, MqttOptions options, MqttTopics topics, byte[] announcement, MqttVersion version)
    {
        if (!before.IsOver)
        {
            return await TakesAsync(before, options, topics, announcement, version).ConfigureAwait(false) is null;
        }

        using var trial = new BrokerTrial(options, version, will: null);
        var isTaken = await trial.ConnectAsync().ConfigureAwait(false) is null
            && await TakesAsync(trial, options, topics, announcement, version).ConfigureAwait(false) is null;
        await trial.GoodbyeAsync().ConfigureAwait(false);
        return isTaken;
    }

    private static bool IsRunning(BrokerTrial trial, MqttTopics topics) =>
        trial.Heard(topics.Availability)?.AsSpan().SequenceEqual(MqttTopics.Online) ?? false;

    private static async Task CleanAsync(MqttOptions options, MqttTopics topics, MqttVersion version)
    {
        using var trial = new BrokerTrial(options, version, will: null);
        if (await trial.ConnectAsync().ConfigureAwait(false) is null)
        {
            await trial.PublishAsync(topics.Probe, [], retain: true).ConfigureAwait(false);
            await trial.GoodbyeAsync().ConfigureAwait(false);
        }
    }

    private static IEnumerable<MqttProbeResult> Group(MqttProbeOutcome outcome, IEnumerable<(string Topic, string Reason)> refused) =>
        refused.GroupBy(one => one.Reason)
            .Select(group => new MqttProbeResult(outcome, group.Key) { Topics = [.. group.Select(one => one.Topic)] });
}
