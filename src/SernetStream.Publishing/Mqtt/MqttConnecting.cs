namespace SernetStream.Publishing.Mqtt;

/// <summary>Makes a connection: who this is, TLS, TCP, and the broker's answer; or says why there is none.</summary>
internal sealed class MqttConnecting(
    MqttOptions options, MqttTopics topics, MqttOutbox outbox, MqttStatusLog status, LoopSignal signal)
{
    // After this long without an answer the user is told, and a connection without CONNACK is given up.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private volatile bool _isOpening;

    /// <summary>
    /// Whether the system is at work on the name lookup or the TCP connect, where nothing can wake it.
    /// </summary>
    public bool IsOpening => _isOpening;

    // When stopping, a connection is still worth making if there are events to be delivered.
    private bool MayOpen => !signal.IsStopping || (signal.TimeLeft > TimeSpan.Zero && outbox.HasEvents);

    /// <summary>Connects.</summary>
    /// <returns>Null once the broker has accepted; or how it ended before.</returns>
    public ConnectionEnd? Run(MosquittoClient client)
    {
        if (!MayOpen)
        {
            return new ConnectionEnd.Unreachable();
        }

        client.SetWill(topics.Availability, MqttTopics.Offline, qos: 1, retain: true);
        if (options.UserName is not null)
        {
            client.SetCredentials(options.UserName, options.Password);
        }

        return Connect(client) ?? AwaitReply(client);
    }

    private ConnectionEnd? Connect(MosquittoClient client)
    {
        _isOpening = true;
        try
        {
            if (options.Tls is not null && !client.UseTls(options.Tls).IsSuccess)
            {
                status.CannotEncrypt(string.Join(' ', options.Tls.Problems().DefaultIfEmpty("The files of TLS cannot be read.")));
                return new ConnectionEnd.Refused();
            }

            using var patience = new Timer(
                _ => Unreachable(MosquittoResult.NoAnswer), state: null, Patience, Timeout.InfiniteTimeSpan);
            var connect = client.Connect(options.Host, options.Port, options.KeepAlive);
            return connect.IsSuccess ? null : NotConnected(client, connect);
        }
        finally
        {
            _isOpening = false;
        }
    }

    private ConnectionEnd? AwaitReply(MosquittoClient client)
    {
        var until = StopwatchTime.In(Patience);
        var step = default(MosquittoResult);
        while (client.ConnectReply is null && step.IsSuccess && MayOpen)
        {
            var left = StopwatchTime.Left(until);
            if (left == TimeSpan.Zero)
            {
                return Unreachable(MosquittoResult.NoAnswer);
            }

            step = client.Step(signal.Event, StopwatchTime.Shortest(left, MosquittoClient.Housekeeping, signal.TimeLeft));
        }

        switch (client.ConnectReply)
        {
            case 0:
                return null;
            case int reply:
                status.Refused(reply, options.UserName is not null, options.Version);
                return MqttReason.IsPassing(reply) ? new ConnectionEnd.Unreachable() : new ConnectionEnd.Refused();
            default:
                return NotConnected(client, step);
        }
    }

    /// <summary>Says why there is no connection; TLS is asked why it failed.</summary>
    private ConnectionEnd NotConnected(MosquittoClient client, MosquittoResult failure)
    {
        if (options.Tls is null || signal.IsStopping || failure.Error is MosquittoError.NameResolution)
        {
            return Unreachable(failure.Reason);
        }

        _isOpening = true;
        var reason = TlsDiagnosis.Explain(options);
        _isOpening = false;
        if (reason is null)
        {
            return Unreachable(client.LastError ?? failure.Reason);
        }

        status.RefusedTls(reason);
        return new ConnectionEnd.Refused();
    }

    private ConnectionEnd.Unreachable Unreachable(string reason)
    {
        if (!signal.IsStopping)
        {
            status.Unreachable(reason);
        }

        return new ConnectionEnd.Unreachable();
    }
}
