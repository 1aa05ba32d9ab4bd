using System.Diagnostics;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// One connection from its making to its end: connect, empty the outbox into it, and say goodbye when asked to stop.
/// </summary>
internal sealed class MqttConnection(
    MqttOptions options, MqttTopics topics, MqttOutbox outbox, MqttStatusLog status, LoopSignal signal)
{
    // After this long without an answer the user is told, and a connection without CONNACK is given up.
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(10);

    // libmosquitto looks at its keep-alive only when it is called.
    private static readonly TimeSpan Housekeeping = TimeSpan.FromSeconds(1);

    private volatile bool _isOpening;
    private volatile bool _isConnected;

    /// <summary>
    /// Whether the system is at work on the name lookup or the TCP connect, where nothing can wake it.
    /// </summary>
    public bool IsOpening => _isOpening;

    /// <summary>Whether the broker has accepted this client and is not known to be gone.</summary>
    public bool IsConnected => _isConnected;

    // When stopping, a connection is still worth making if there are events to be delivered.
    private bool MayOpen => !signal.IsStopping || (signal.TimeLeft > TimeSpan.Zero && outbox.HasEvents);

    /// <summary>Makes the connection and returns when it has ended.</summary>
    public ConnectionEnd Run()
    {
        if (!MayOpen)
        {
            return new ConnectionEnd.Unreachable();
        }

        using var client = new MosquittoClient(options.EffectiveClientId);
        client.SetWill(topics.Availability, MqttTopics.Offline, qos: 1, retain: true);
        if (options.UserName is not null)
        {
            client.SetCredentials(options.UserName, options.Password);
        }

        var failure = Connect(client) ?? AwaitReply(client);
        if (failure is not null)
        {
            return failure;
        }

        var began = Stopwatch.GetTimestamp();
        status.Connected();
        outbox.Connected();
        _isConnected = true;
        try
        {
            var end = Serve(client);
            if (!end.IsSuccess && !signal.IsStopping)
            {
                status.Lost(end.Reason);
            }
        }
        finally
        {
            _isConnected = false;
            outbox.Lost();
        }

        return new ConnectionEnd.Lost(Stopwatch.GetElapsedTime(began));
    }

    private ConnectionEnd.Unreachable? Connect(MosquittoClient client)
    {
        _isOpening = true;
        try
        {
            using var patience = new Timer(
                _ => Unreachable(MosquittoResult.NoAnswer), state: null, ConnectPatience, Timeout.InfiniteTimeSpan);
            var connect = client.Connect(options.Host, options.Port, options.KeepAlive);
            return connect.IsSuccess ? null : Unreachable(connect.Reason);
        }
        finally
        {
            _isOpening = false;
        }
    }

    private ConnectionEnd? AwaitReply(MosquittoClient client)
    {
        var until = StopwatchTime.In(ConnectPatience);
        var step = default(MosquittoResult);
        while (client.ConnectReply is null && step.IsSuccess && MayOpen)
        {
            var left = StopwatchTime.Left(until);
            if (left == TimeSpan.Zero)
            {
                return Unreachable(MosquittoResult.NoAnswer);
            }

            step = client.Step(signal.Event, Shortest(left, Housekeeping, signal.TimeLeft));
        }

        switch (client.ConnectReply)
        {
            case 0:
                return null;
            case int reply:
                status.Refused(reply, options.UserName is not null);
                return new ConnectionEnd.Refused();
            default:
                return Unreachable(step.Reason);
        }
    }

    private ConnectionEnd.Unreachable Unreachable(string reason)
    {
        if (!signal.IsStopping)
        {
            status.Unreachable(reason);
        }

        return new ConnectionEnd.Unreachable();
    }

    /// <summary>Empties the outbox until the connection is lost, or until the end, with a goodbye.</summary>
    /// <returns>Why the connection was lost; success at the end.</returns>
    private MosquittoResult Serve(MosquittoClient client)
    {
        while (!signal.IsStopping || (!outbox.IsEmpty && signal.TimeLeft > TimeSpan.Zero))
        {
            var sent = SendOutbox(client);
            if (!sent.IsSuccess)
            {
                return sent;
            }

            var step = Step(client);
            if (!step.IsSuccess)
            {
                return step;
            }
        }

        return SayGoodbye(client);
    }

    private MosquittoResult SendOutbox(MosquittoClient client)
    {
        // While the socket is behind nothing more is handed over: libmosquitto would queue it without a bound.
        while (!client.HasUnsentBytes && outbox.Next() is { } message)
        {
            var result = client.Publish(
                message.Topic, message.Payload, message.Qos, message.Retain, out var messageId);
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
        var result = client.Publish(topics.Availability, MqttTopics.Offline, qos: 1, retain: true, out var goodbye);
        while (result.IsSuccess && signal.TimeLeft > TimeSpan.Zero)
        {
            result = Step(client, goodbye, out var hasGoodbye);
            if (hasGoodbye)
            {
                return client.Disconnect();
            }
        }

        return result;
    }

    private MosquittoResult Step(MosquittoClient client) => Step(client, awaited: null, out _);

    private MosquittoResult Step(MosquittoClient client, int? awaited, out bool came)
    {
        came = false;
        var step = client.Step(signal.Event, Shortest(Housekeeping, signal.TimeLeft));
        while (client.TryTakeAcknowledged(out var messageId))
        {
            came |= messageId == awaited;
            outbox.Acknowledge(messageId);
        }

        return step;
    }

    private static TimeSpan Shortest(params ReadOnlySpan<TimeSpan> times)
    {
        var shortest = times[0];
        foreach (var time in times)
        {
            shortest = time < shortest ? time : shortest;
        }

        return shortest;
    }
}
