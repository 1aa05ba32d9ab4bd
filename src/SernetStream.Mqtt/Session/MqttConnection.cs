using System.Diagnostics;
using SernetStream.Mqtt.Outbox;

namespace SernetStream.Mqtt.Session;

/// <summary>
/// One connection from its making to its end: connect, empty the outbox into it, hand what is heard to the dialogue,
/// and say goodbye when asked to stop.
/// </summary>
internal sealed class MqttConnection(
    MqttOptions options,
    MqttTopics topics,
    MqttOutbox outbox,
    MqttDialogue dialogue,
    MqttStatusLog status,
    LoopSignal signal)
{
    /// <summary>A connection that ends before this has not lasted.</summary>
    public static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(20);

    // So many connections in a row that the broker closed soon after they were made are not an accident.
    private const int ShortLivesOfClash = 3;

    private readonly Dictionary<int, string> _subscriptions = [];
    private readonly MessageSizes _sizes = new(TimeProvider.System);
    private readonly MqttConnecting _connecting = new(options, topics, outbox, status, signal);
    private int _shortLives;
    private int _shortLivesAtWork;
    private volatile bool _isConnected;

    /// <summary>Whether the broker has accepted this client and is not known to be gone.</summary>
    public bool IsConnected => _isConnected;

    /// <summary>Makes the connection and returns when it has ended.</summary>
    public async Task<ConnectionEnd> RunAsync()
    {
        using var client = new BrokerClient(options.EffectiveClientId, options.Version, signal);
        if (await _connecting.RunAsync(client).ConfigureAwait(false) is { } failure)
        {
            _shortLives = 0;
            return failure;
        }

        var began = Stopwatch.GetTimestamp();
        status.Connected();
        _subscriptions.Clear();
        _sizes.Connected(client.Limits);
        if (!client.Limits.KeepsRetained)
        {
            status.KeepsNoRetained();
        }

        dialogue.Connected();
        outbox.Connected();
        _isConnected = true;
        try
        {
            var end = await ServeAsync(client).ConfigureAwait(false);
            var lasted = Stopwatch.GetElapsedTime(began);
            return end is null || signal.IsStopping ? new ConnectionEnd.Lost(lasted) : Lost(client, end, lasted);
        }
        finally
        {
            _isConnected = false;
            outbox.Lost();
        }
    }

    /// <summary>Says why the connection was lost.</summary>
    private ConnectionEnd Lost(BrokerClient client, BrokerFault end, TimeSpan lasted)
    {
        if (client.DisconnectReason == MqttReason.SessionTakenOver)
        {
            status.Clashes(options.EffectiveClientId, certain: true);
            return new ConnectionEnd.TakenOver();
        }

        var size = outbox.LargestOnItsWay;
        if (client.DisconnectReason == MqttReason.PacketTooLarge && size >= MessageSizes.Large)
        {
            _sizes.Refused(size);
            return new ConnectionEnd.Lost(lasted);
        }

        if (end.Kind == BrokerFaultKind.Closed && size >= MessageSizes.Large)
        {
            if (!_sizes.Closed(size))
            {
                status.Lost($"the broker closed the connection while a message of {size} bytes was on its way");
            }

            return new ConnectionEnd.Lost(lasted);
        }

        var isShort = end.Kind == BrokerFaultKind.Closed && lasted < ShortLife;
        _shortLives = isShort ? _shortLives + 1 : 0;
        _shortLivesAtWork = isShort && size > 0 ? _shortLivesAtWork + 1 : 0;
        if (_shortLivesAtWork >= ShortLivesOfClash)
        {
            // Two clients of one id lose the connection when the other comes, whatever they do.
            status.Lost($"the broker closes the connection again and again while a message of {size} bytes is on its way");
            return new ConnectionEnd.TakenOver();
        }

        if (_shortLives >= ShortLivesOfClash)
        {
            status.Clashes(options.EffectiveClientId, certain: false);
            return new ConnectionEnd.TakenOver();
        }

        status.Lost(client.DisconnectReason is { } reason ? MqttReason.Words(reason) : end.Reason);
        return new ConnectionEnd.Lost(lasted);
    }

    /// <summary>Empties the outbox until the connection is lost, or until the end, with a goodbye.</summary>
    /// <returns>Why the connection was lost; null at the end.</returns>
    private async Task<BrokerFault?> ServeAsync(BrokerClient client)
    {
        while (!signal.IsStopping || (!outbox.IsEmpty && signal.TimeLeft > TimeSpan.Zero))
        {
            var wait = signal.IsStopping ? TimeSpan.MaxValue : dialogue.Tick();
            while (dialogue.TryTakeFilter(out var filter))
            {
                _subscriptions[client.Subscribe(filter)] = filter;
            }

            SendOutbox(client);
            await StepAsync(client, wait).ConfigureAwait(false);
            if (client.End is { } end)
            {
                return end;
            }
        }

        return await SayGoodbyeAsync(client).ConfigureAwait(false);
    }

    private void SendOutbox(BrokerClient client)
    {
        while (outbox.Next(client.Limits.Window) is { } message)
        {
            if (Fitting(message) is { } payload)
            {
                message.MessageId = client.Publish(message.Topic, payload, message.Qos, message.Retain, message.Left);
            }
            else
            {
                outbox.Refuse(message);
            }
        }
    }

    /// <summary>The form of a message that the broker takes; null if there is none.</summary>
    private byte[]? Fitting(OutboundMessage message)
    {
        message.PacketSize = BrokerLimits.SizeOf(message, message.Payload.Length, options.Version);
        if (message.PacketSize <= _sizes.Limit)
        {
            return message.Payload;
        }

        var full = message.PacketSize;
        message.PacketSize = BrokerLimits.SizeOf(message, message.ShortForm?.Length ?? int.MaxValue / 2, options.Version);
        var fits = message.PacketSize <= _sizes.Limit;
        status.TooLarge(message.Topic, fits || message.ShortForm is null ? full : message.PacketSize, fits);
        return fits ? message.ShortForm : null;
    }

    // Without the broker's acknowledgement there is no DISCONNECT, and the broker publishes the will instead.
    private async Task<BrokerFault?> SayGoodbyeAsync(BrokerClient client)
    {
        var goodbye = client.Publish(topics.Availability, MqttTopics.Offline.ToArray(), qos: 1, retain: true, expiry: null);
        while (client.End is null && signal.TimeLeft > TimeSpan.Zero)
        {
            if (await StepAsync(client, TimeSpan.MaxValue, goodbye).ConfigureAwait(false))
            {
                await client.DisconnectAsync(signal.TimeLeft).ConfigureAwait(false);
                return null;
            }
        }

        return client.End;
    }

    /// <summary>Waits for news, and takes in what came.</summary>
    /// <returns>Whether the message that was awaited has been answered.</returns>
    private async Task<bool> StepAsync(BrokerClient client, TimeSpan wait, int? awaited = null)
    {
        var came = false;
        await signal
            .WaitAsync(StopwatchTime.Shortest(BrokerClient.Housekeeping, signal.TimeLeft, wait))
            .ConfigureAwait(false);
        client.LookAfter();
        while (client.TryTakeAcknowledged(out var answer))
        {
            came |= answer.MessageId == awaited;
            var accepted = !MqttReason.IsError(answer.Code);
            if (outbox.Acknowledge(answer.MessageId, accepted) is { } message)
            {
                Answered(message, answer.Code);
            }
        }

        while (client.TryTakeSubscribed(out var answer))
        {
            if (_subscriptions.Remove(answer.MessageId, out var filter))
            {
                dialogue.Subscribed(filter, accepted: !MqttReason.IsError(answer.Code));
            }
        }

        while (client.TryTakeReceived(out var message))
        {
            if (!signal.IsStopping)
            {
                dialogue.Heard(message);
            }
        }

        return came;
    }

    private void Answered(OutboundMessage message, int code)
    {
        if (!MqttReason.IsError(code))
        {
            _sizes.Taken(message.PacketSize);
        }
        else if (code == MqttReason.PacketTooLarge && message.Retain)
        {
            // The short form may go.
            _sizes.Refused(message.PacketSize);
            outbox.Repeat(message.Topic);
        }
        else
        {
            status.NotAccepted(message.Topic, code);
        }
    }
}
