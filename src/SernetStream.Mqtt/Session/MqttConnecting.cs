using System.Security.Cryptography;
using SernetStream.Mqtt.Outbox;

namespace SernetStream.Mqtt.Session;

/// <summary>Makes a connection: who this is, TLS, TCP, and the broker's answer; or says why there is none.</summary>
internal sealed class MqttConnecting(
    MqttOptions options, MqttTopics topics, MqttOutbox outbox, MqttStatusLog status, LoopSignal signal)
{
    // After this long without an answer a connection is given up.
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(10);

    // A broker that keeps no retained messages refuses a client with a retained will.
    private bool _keepsRetained = true;

    // When stopping, a connection is still worth making if there are events to be delivered.
    private bool MayOpen => !signal.IsStopping || (signal.TimeLeft > TimeSpan.Zero && outbox.HasEvents);

    /// <summary>Connects.</summary>
    /// <returns>Null once the broker has accepted; or how it ended before.</returns>
    public async Task<ConnectionEnd?> RunAsync(BrokerClient client)
    {
        if (!MayOpen)
        {
            return new ConnectionEnd.Unreachable();
        }

        client.SetWill(topics.Availability, MqttTopics.Offline, qos: 1, _keepsRetained);
        if (options.UserName is not null)
        {
            client.SetCredentials(options.UserName, options.Password);
        }

        using var wire = OpenWire();
        if (wire is null)
        {
            return new ConnectionEnd.Refused();
        }

        using var limit = new CancellationTokenSource(WaitTimeout);
        using var stopping = signal.Stopping.Register(() => limit.CancelAfter(MayOpen ? signal.TimeLeft : TimeSpan.Zero));
        var fault = await client.ConnectAsync(options, wire, limit.Token).ConfigureAwait(false);
        return fault is null ? Judge(client.ConnectReply!.Value) : Failed(fault);
    }

    private BrokerWire? OpenWire()
    {
        try
        {
            return new BrokerWire(options);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            status.CannotEncrypt(string.Join(' ', options.Tls!.Problems().DefaultIfEmpty("The files of TLS cannot be read.")));
            return null;
        }
    }

    private ConnectionEnd? Judge(int reply)
    {
        if (reply == 0)
        {
            return null;
        }

        if (reply == MqttReason.RetainNotSupported && _keepsRetained)
        {
            _keepsRetained = false;
            return new ConnectionEnd.Unreachable();
        }

        status.Refused(reply, options.UserName is not null, options.Version);
        return MqttReason.IsPassing(reply) ? new ConnectionEnd.Unreachable() : new ConnectionEnd.Refused();
    }

    private ConnectionEnd Failed(BrokerFault fault)
    {
        if (signal.IsStopping)
        {
            return new ConnectionEnd.Unreachable();
        }

        if (fault.Kind == BrokerFaultKind.Refused)
        {
            status.RefusedTransport(fault.Reason);
            return new ConnectionEnd.Refused();
        }

        status.Unreachable(fault.Reason);
        return new ConnectionEnd.Unreachable();
    }
}
