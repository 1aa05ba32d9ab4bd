using System.Diagnostics;

namespace SernetStream.Publishing.Mqtt;

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
    // So many connections that the broker closed soon after they were made, one after the other, are no accident.
    private const int ShortLivesOfClash = 3;
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(20);

    private readonly Dictionary<int, string> _subscriptions = [];
    private readonly MqttConnecting _connecting = new(options, topics, outbox, status, signal);
    private int _shortLives;
    private volatile bool _isConnected;

    /// <summary>
    /// Whether the system is at work on the name lookup or the TCP connect, where nothing can wake it.
    /// </summary>
    public bool IsOpening => _connecting.IsOpening;

    /// <summary>Whether the broker has accepted this client and is not known to be gone.</summary>
    public bool IsConnected => _isConnected;

    /// <summary>Makes the connection and returns when it has ended.</summary>
    public ConnectionEnd Run()
    {
        using var client = new MosquittoClient(options.EffectiveClientId, options.Version);
        if (_connecting.Run(client) is { } failure)
        {
            _shortLives = 0;
            return failure;
        }

        var began = Stopwatch.GetTimestamp();
        status.Connected();
        _subscriptions.Clear();
        dialogue.Connected();
        outbox.Connected();
        _isConnected = true;
        try
        {
            var end = Serve(client);
            var lasted = Stopwatch.GetElapsedTime(began);
            return end.IsSuccess || signal.IsStopping ? new ConnectionEnd.Lost(lasted) : Lost(client, end, lasted);
        }
        finally
        {
            _isConnected = false;
            outbox.Lost();
        }
    }

    /// <summary>Says why the connection was lost.</summary>
    private ConnectionEnd Lost(MosquittoClient client, MosquittoResult end, TimeSpan lasted)
    {
        if (client.DisconnectReason == MqttReason.SessionTakenOver)
        {
            status.Clashes(options.EffectiveClientId, certain: true);
            return new ConnectionEnd.TakenOver();
        }

        var closedByBroker = end.Error is MosquittoError.ConnectionLost or MosquittoError.NoConnection;
        _shortLives = closedByBroker && lasted < ShortLife ? _shortLives + 1 : 0;
        if (_shortLives >= ShortLivesOfClash)
        {
            status.Clashes(options.EffectiveClientId, certain: false);
            return new ConnectionEnd.TakenOver();
        }

        status.Lost(client.DisconnectReason is { } reason ? MqttReason.Words(reason) : end.Reason);
        return new ConnectionEnd.Lost(lasted);
    }

    /// <summary>Empties the outbox until the connection is lost, or until the end, with a goodbye.</summary>
    /// <returns>Why the connection was lost; success at the end.</returns>
    private MosquittoResult Serve(MosquittoClient client)
    {
        while (!signal.IsStopping || (!outbox.IsEmpty && signal.TimeLeft > TimeSpan.Zero))
        {
            var wait = signal.IsStopping ? TimeSpan.MaxValue : dialogue.Tick();
            var sent = Subscribe(client);
            if (sent.IsSuccess)
            {
                sent = SendOutbox(client);
            }

            if (!sent.IsSuccess)
            {
                return sent;
            }

            var step = Step(client, wait);
            if (!step.IsSuccess)
            {
                return step;
            }
        }

        return SayGoodbye(client);
    }

    private MosquittoResult Subscribe(MosquittoClient client)
    {
        while (dialogue.TryTakeFilter(out var filter))
        {
            var result = client.Subscribe(filter, out var messageId);
            if (!result.IsSuccess)
            {
                return result;
            }

            _subscriptions[messageId] = filter;
        }

        return default;
    }

    private MosquittoResult SendOutbox(MosquittoClient client)
    {
        // While the socket is behind nothing more is handed over: libmosquitto would queue it without a bound.
        while (!client.HasUnsentBytes && outbox.Next() is { } message)
        {
            var result = client.Publish(
                message.Topic, message.Payload, message.Qos, message.Retain, message.Left, out var messageId);
            if (!result.IsSuccess)
            {
                return result;
            }

            message.MessageId = messageId;
            if (message.Qos == 0)
            {
                outbox.Acknowledge(messageId);
            }
        }

        return default;
    }

    // Without the broker's acknowledgement there is no DISCONNECT, and the broker publishes the will instead.
    private MosquittoResult SayGoodbye(MosquittoClient client)
    {
        var result = client.Publish(
            topics.Availability, MqttTopics.Offline, qos: 1, retain: true, expiry: null, out var goodbye);
        while (result.IsSuccess && signal.TimeLeft > TimeSpan.Zero)
        {
            result = Step(client, TimeSpan.MaxValue, goodbye, out var hasGoodbye);
            if (hasGoodbye)
            {
                return client.Disconnect();
            }
        }

        return result;
    }

    private MosquittoResult Step(MosquittoClient client, TimeSpan wait) => Step(client, wait, awaited: null, out _);

    private MosquittoResult Step(MosquittoClient client, TimeSpan wait, int? awaited, out bool came)
    {
        came = false;
        var step = client.Step(signal.Event, StopwatchTime.Shortest(MosquittoClient.Housekeeping, signal.TimeLeft, wait));
        while (client.TryTakeAcknowledged(out var answer))
        {
            came |= answer.MessageId == awaited;
            var accepted = !MqttReason.IsError(answer.Code);
            if (outbox.Acknowledge(answer.MessageId, accepted) is { } message && !accepted)
            {
                status.NotAccepted(message.Topic, answer.Code);
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

        return step;
    }
}
