using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace SernetStream.Mqtt.Session;

/// <summary>
/// One connection to a broker, from before it is made until it is lost: a new one is made for the next attempt, so
/// that nothing is carried over but what this project keeps itself.
/// </summary>
/// <remarks>
/// MQTTnet speaks the protocol and keeps nothing. Its tasks only put what came into queues here and wake the
/// connection's task, which takes it out; so one task does all that has a state, and no handler can throw into MQTTnet,
/// which would leave a message without acknowledgement and tell nobody. MQTTnet waits for an answer without a bound,
/// so <see cref="LookAfter"/> watches over that.
/// </remarks>
internal sealed class BrokerClient : IDisposable
{
    /// <summary>After this long at most <see cref="LookAfter"/> is to be called again.</summary>
    public static readonly TimeSpan Housekeeping = TimeSpan.FromSeconds(1);

    private const uint LargestPacket = 64 * 1024;

    // The end of a connection is reported a moment after the failure of the current operation.
    private static readonly TimeSpan ReasonTimeout = TimeSpan.FromSeconds(1);

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly MqttClientOptionsBuilder _settings = new MqttClientOptionsBuilder();
    private readonly MqttVersion _version;
    private readonly LoopSignal _signal;
    private readonly CancellationTokenSource _life = new();
    private readonly TaskCompletionSource<BrokerFault> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<BrokerAnswer> _acknowledged = new();
    private readonly ConcurrentQueue<BrokerAnswer> _subscribed = new();
    private readonly BrokerInbox _inbox;

    private TimeSpan _patience;
    private long _nextPing = long.MaxValue;
    private long _heard;
    private int _unanswered;
    private int _lastId;
    private bool _disposed;

    /// <summary>Makes a client with a clean session.</summary>
    /// <param name="clientId">The id.</param>
    /// <param name="version">The version it speaks.</param>
    /// <param name="signal">What is woken when there is something to be taken, or the connection has ended.</param>
    public BrokerClient(string clientId, MqttVersion version, LoopSignal signal)
    {
        _version = version;
        _signal = signal;
        _inbox = new BrokerInbox(signal, _life.Token);
        _settings
            .WithClientId(clientId)
            .WithProtocolVersion(version == MqttVersion.V5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311)
            .WithCleanStart()
            .WithoutPacketFragmentation();
        if (version == MqttVersion.V5)
        {
            _settings.WithMaximumPacketSize(LargestPacket).WithReceiveMaximum(BrokerInbox.Capacity);
        }

        _client.ApplicationMessageReceivedAsync += ReceivedAsync;
        _client.DisconnectedAsync += DisconnectedAsync;
    }

    /// <summary>The broker's CONNACK code (<see cref="MqttReason"/>), once it has come; 0 is accepted.</summary>
    public int? ConnectReply { get; private set; }

    /// <summary>The features that the broker excluded.</summary>
    public BrokerLimits Limits { get; private set; } = new();

    /// <summary>Why the broker ended the connection, where it said so, as only MQTT 5 can; a reason code.</summary>
    public int? DisconnectReason { get; private set; }

    /// <summary>Why the connection has ended; null while it stands.</summary>
    public BrokerFault? End => _end.Task.IsCompletedSuccessfully ? _end.Task.Result : null;

    /// <summary>
    /// Sets what the broker publishes when this connection ends without a goodbye. Before connecting.
    /// </summary>
    public void SetWill(string topic, ReadOnlySpan<byte> payload, int qos, bool retain) => _settings
        .WithWillTopic(topic)
        .WithWillPayload(payload.ToArray())
        .WithWillQualityOfServiceLevel((MqttQualityOfServiceLevel)qos)
        .WithWillRetain(retain);

    /// <summary>Sets who this client says it is. Before connecting.</summary>
    public void SetCredentials(string userName, string? password) => _settings.WithCredentials(userName, password);

    /// <summary>
    /// Opens the wire, sends CONNECT and waits for the answer, all of which can be cancelled.
    /// </summary>
    /// <returns>Null when the broker has answered; what, <see cref="ConnectReply"/> tells. Or why there is no answer.</returns>
    public async Task<BrokerFault?> ConnectAsync(MqttOptions options, BrokerWire wire, CancellationToken cancellationToken)
    {
        _settings
            .WithTcpServer(options.Host, options.Port)
            .WithStreamProvider(wire)
            .WithKeepAlivePeriod(options.KeepAlive)
            .WithTimeout(options.KeepAlive);
        try
        {
            var result = await _client.ConnectAsync(_settings.Build(), cancellationToken).ConfigureAwait(false);
            Limits = BrokerLimits.Of(result, _version);
            KeepAlive(Limits.KeepAlive is { } asked && asked < options.KeepAlive ? asked : options.KeepAlive);
            ConnectReply = (int)result.ResultCode;
            return null;
        }
        catch (Exception exception)
        {
            return cancellationToken.IsCancellationRequested
                ? BrokerFault.NoAnswer
                : await wire.ExplainAsync(BrokerFault.Of(exception), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Sends a message. <see cref="TryTakeAcknowledged"/> names its id once the broker has it; with QoS 0, once it is
    /// sent. With QoS 2 no other may be on its way, or they may overtake each other.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">The payload; an empty retained one takes the retained message away.</param>
    /// <param name="qos">The quality of service, 0..2.</param>
    /// <param name="retain">Whether the broker keeps it for later subscribers.</param>
    /// <param name="expiry">The age at which it expires; only MQTT 5 can say so. Null for never.</param>
    /// <returns>The id of the message on this connection.</returns>
    public int Publish(string topic, byte[] payload, int qos, bool retain, TimeSpan? expiry)
    {
        var message = new MqttApplicationMessage
        {
            Topic = topic,
            Payload = new ReadOnlySequence<byte>(payload),
            QualityOfServiceLevel = (MqttQualityOfServiceLevel)Math.Min(qos, Limits.Qos),
            Retain = retain && Limits.KeepsRetained,
            MessageExpiryInterval = expiry is { } left && _version == MqttVersion.V5
                ? (uint)Math.Max(1, Math.Ceiling(left.TotalSeconds))
                : 0,
        };
        var id = ++_lastId;
        _ = AskAsync(async () =>
        {
            var result = await _client.PublishAsync(message, _life.Token).ConfigureAwait(false);
            _acknowledged.Enqueue(new BrokerAnswer(id, (int)result.ReasonCode));
        });
        return id;
    }

    /// <summary>Asks for the messages of a filter, with QoS 1; <see cref="TryTakeSubscribed"/> tells the answer.</summary>
    /// <returns>The id of the subscription on this connection.</returns>
    public int Subscribe(string filter)
    {
        var subscription = new MqttClientSubscribeOptions
        {
            TopicFilters = [new MqttTopicFilter { Topic = filter, QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce }],
        };
        var id = ++_lastId;
        _ = AskAsync(async () =>
        {
            var result = await _client.SubscribeAsync(subscription, _life.Token).ConfigureAwait(false);
            _subscribed.Enqueue(new BrokerAnswer(id, (int)result.Items.First().ResultCode));
        });
        return id;
    }

    /// <summary>Asks the broker whether it is there when it is time to, and gives it up when it owes an answer for too long.</summary>
    public void LookAfter()
    {
        if (StopwatchTime.Left(_nextPing) == TimeSpan.Zero)
        {
            KeepAlive(_patience);
            _ = AskAsync(() => _client.PingAsync(_life.Token));
        }

        if (Volatile.Read(ref _unanswered) > 0 && Stopwatch.GetElapsedTime(Interlocked.Read(ref _heard)) > _patience)
        {
            _end.TrySetResult(BrokerFault.FellSilent);
        }
    }

    /// <summary>Takes the answer to a message that came since the last call, if there is one.</summary>
    public bool TryTakeAcknowledged(out BrokerAnswer answer) => _acknowledged.TryDequeue(out answer);

    /// <summary>Takes the answer to a subscription that came since the last call, if there is one.</summary>
    public bool TryTakeSubscribed(out BrokerAnswer answer) => _subscribed.TryDequeue(out answer);

    /// <summary>Takes a message that came since the last call, if there is one.</summary>
    public bool TryTakeReceived(out InboundMessage message) => _inbox.TryTake(out message);

    /// <summary>
    /// Says goodbye, so that the broker does not publish the will. What has no answer yet may be lost.
    /// </summary>
    public async Task DisconnectAsync(TimeSpan limit)
    {
        try
        {
            using var patience = new CancellationTokenSource(limit);
            await _client.DisconnectAsync(new MqttClientDisconnectOptions(), patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _end.TrySetResult(BrokerFault.Of(exception));
        }
    }

    /// <summary>Closes the connection; without <see cref="DisconnectAsync"/> the broker publishes the will.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _client.ApplicationMessageReceivedAsync -= ReceivedAsync;
        _client.DisconnectedAsync -= DisconnectedAsync;
        _end.TrySetResult(BrokerFault.Closed);
        _life.Cancel();
        _inbox.Close();
        _client.Dispose();
        _life.Dispose();
    }

    // Early enough for a broker that counts from when it got the last packet.
    private void KeepAlive(TimeSpan period)
    {
        _patience = period;
        _nextPing = StopwatchTime.In(0.75 * period);
    }

    /// <summary>Asks the broker something, and wakes the connection's task with the answer or the end.</summary>
    private async Task AskAsync(Func<Task> question)
    {
        if (Interlocked.Increment(ref _unanswered) == 1)
        {
            Heard();
        }

        try
        {
            await question().ConfigureAwait(false);
            Heard();
        }
        catch (Exception exception)
        {
            // Whatever the fault is, this connection is unusable; its end gives the reason.
            await Task.WhenAny(_end.Task, Task.Delay(ReasonTimeout)).ConfigureAwait(false);
            _end.TrySetResult(BrokerFault.Of(exception));
        }
        finally
        {
            Interlocked.Decrement(ref _unanswered);
            _signal.Wake();
        }
    }

    private void Heard() => Interlocked.Exchange(ref _heard, Stopwatch.GetTimestamp());

    private Task ReceivedAsync(MqttApplicationMessageReceivedEventArgs arguments)
    {
        Heard();
        return _inbox.PutAsync(arguments);
    }

    // An end of file comes as a normal disconnection without an exception; only MQTT 5 brokers give a reason.
    private Task DisconnectedAsync(MqttClientDisconnectedEventArgs arguments)
    {
        if (arguments.ClientWasConnected && arguments.Exception is null && MqttReason.IsError((int)arguments.Reason))
        {
            DisconnectReason = (int)arguments.Reason;
        }

        _end.TrySetResult(arguments.Exception is { } exception ? BrokerFault.Of(exception) : BrokerFault.Closed);
        _signal.Wake();
        return Task.CompletedTask;
    }
}
