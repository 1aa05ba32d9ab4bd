using System.Security.Cryptography;
using SernetStream.Mqtt.Session;

namespace SernetStream.Mqtt.Diagnosis;

/// <summary>
/// One connection that tries out what a node needs of its broker: it asks one thing after the other, and waits for the
/// answer to each.
/// </summary>
internal sealed class BrokerTrial : IDisposable
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(10);

    private readonly MqttOptions _options;
    private readonly MqttVersion _version;
    private readonly LoopSignal _signal = new();
    private readonly BrokerClient _client;
    private readonly Dictionary<int, int> _answers = [];
    private readonly List<InboundMessage> _heard = [];

    /// <param name="options">The broker, and as whom.</param>
    /// <param name="version">The version to speak.</param>
    /// <param name="will">Where the broker is to publish, retained, that this client is gone; null for nowhere.</param>
    public BrokerTrial(MqttOptions options, MqttVersion version, string? will)
    {
        (_options, _version) = (options, version);
        _client = new BrokerClient($"{options.EffectiveClientId}-doctor", version, _signal);
        if (will is not null)
        {
            _client.SetWill(will, MqttTopics.Offline, qos: 1, retain: true);
        }

        if (options.UserName is not null)
        {
            _client.SetCredentials(options.UserName, options.Password);
        }
    }

    /// <summary>Whether the broker has ended the connection.</summary>
    public bool IsOver => _client.End is not null;

    /// <summary>Why the broker ended the connection, in words that fit into brackets.</summary>
    public string EndReason =>
        _client.DisconnectReason is { } reason ? MqttReason.Words(reason) : (_client.End ?? BrokerFault.NoAnswer).Reason;

    /// <summary>The features that the broker excluded.</summary>
    public BrokerLimits Limits => _client.Limits;

    /// <summary>Whether it speaks another version.</summary>
    public bool IsOtherVersion => _version == MqttVersion.V5 && _client.ConnectReply is 1 or 0x84;

    /// <summary>Connects.</summary>
    /// <returns>Null when the broker has let this client in; or why it is not.</returns>
    public async Task<MqttProbeResult?> ConnectAsync()
    {
        BrokerFault? fault;
        try
        {
            using var wire = new BrokerWire(_options);
            using var patience = new CancellationTokenSource(WaitTimeout);
            fault = await _client.ConnectAsync(_options, wire, patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return new MqttProbeResult(MqttProbeOutcome.Refused, string.Join(' ', _options.Tls!.Problems()));
        }

        return _client.ConnectReply switch
        {
            0 => null,
            MqttReason.RetainNotSupported => new MqttProbeResult(
                MqttProbeOutcome.KeepsNothing, MqttReason.Words(MqttReason.RetainNotSupported)),
            { } reply => new MqttProbeResult(
                MqttReason.IsPassing(reply) ? MqttProbeOutcome.Unreachable : MqttProbeOutcome.Refused,
                $"{_options.Broker} {MqttReason.OfRefusal(reply, _options.UserName is not null, _version)}"),
            _ when fault!.Kind == BrokerFaultKind.Refused =>
                new MqttProbeResult(MqttProbeOutcome.Refused, $"{_options.Broker} {fault.Reason}"),
            _ => new MqttProbeResult(MqttProbeOutcome.Unreachable, fault.Reason),
        };
    }

    /// <summary>Publishes with QoS 1.</summary>
    /// <returns>Why the broker does not take it; null where it does, or does not say so.</returns>
    public async Task<string?> PublishAsync(string topic, byte[] payload, bool retain)
    {
        if (IsOver)
        {
            return EndReason;
        }

        return await AnswerAsync(_client.Publish(topic, payload, qos: 1, retain, expiry: null)).ConfigureAwait(false);
    }

    /// <summary>Subscribes.</summary>
    /// <returns>Why the broker does not let it; null where it does.</returns>
    public async Task<string?> SubscribeAsync(string filter) =>
        IsOver ? EndReason : await AnswerAsync(_client.Subscribe(filter)).ConfigureAwait(false);

    /// <summary>Waits for a message of a topic.</summary>
    /// <returns>The payload; null where none comes.</returns>
    public async Task<byte[]?> HearAsync(string topic, TimeSpan patience)
    {
        await UntilAsync(() => _heard.Exists(message => message.Topic == topic), patience).ConfigureAwait(false);
        return Heard(topic);
    }

    /// <summary>The first payload that was heard of a topic; null where none was.</summary>
    public byte[]? Heard(string topic) => _heard.Find(message => message.Topic == topic).Payload;

    /// <summary>Says goodbye, so that the broker does not publish the will.</summary>
    public Task GoodbyeAsync() => _client.DisconnectAsync(WaitTimeout);

    public void Dispose()
    {
        _client.Dispose();
        _signal.Dispose();
    }

    private async Task<string?> AnswerAsync(int id)
    {
        await UntilAsync(() => _answers.ContainsKey(id), WaitTimeout).ConfigureAwait(false);
        return _answers.TryGetValue(id, out var code) ? (MqttReason.IsError(code) ? MqttReason.Words(code) : null) : EndReason;
    }

    private async Task UntilAsync(Func<bool> come, TimeSpan patience)
    {
        var until = StopwatchTime.In(patience);
        while (true)
        {
            while (_client.TryTakeAcknowledged(out var answer) || _client.TryTakeSubscribed(out answer))
            {
                _answers[answer.MessageId] = answer.Code;
            }

            while (_client.TryTakeReceived(out var message))
            {
                // The payload of a message that is too long was not kept; an empty one would mean something else.
                if (!message.IsTooLong)
                {
                    _heard.Add(message);
                }
            }

            if (come() || IsOver || StopwatchTime.Left(until) == TimeSpan.Zero)
            {
                return;
            }

            await _signal.WaitAsync(StopwatchTime.Left(until)).ConfigureAwait(false);
        }
    }
}
