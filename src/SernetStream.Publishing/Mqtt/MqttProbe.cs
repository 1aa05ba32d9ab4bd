using System.Security.Cryptography;

namespace SernetStream.Publishing.Mqtt;

/// <summary>What a <see cref="MqttProbe"/> found out.</summary>
public enum MqttProbeOutcome
{
    /// <summary>The broker lets this node in, and takes its messages.</summary>
    Well,

    /// <summary>The broker lets this node in; whether it takes its messages, it does not say (only MQTT 5 does).</summary>
    RightsUnknown,

    /// <summary>Nobody answers, or not in MQTT.</summary>
    Unreachable,

    /// <summary>The broker does not let this node in.</summary>
    Refused,

    /// <summary>The broker lets this node in, but does not take its messages.</summary>
    MayNotPublish,
}

/// <summary>The outcome, and why, in words that fit into brackets.</summary>
public sealed record MqttProbeResult(MqttProbeOutcome Outcome, string Reason);

/// <summary>
/// Tries a broker out, once: connects under a client id of its own, publishes an empty message that is not retained, and
/// says goodbye. A node that runs is not disturbed.
/// </summary>
public static class MqttProbe
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Tries; it takes no longer than some seconds, whoever answers.</summary>
    public static MqttProbeResult Run(MqttOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => RunAsync(options)).GetAwaiter().GetResult();
    }

    // Only MQTT 5 tells whether a message was taken; a broker that does not speak it is asked in the older tongue.
    private static async Task<MqttProbeResult> RunAsync(MqttOptions options) =>
        await RunAsync(options, MqttVersion.V5).ConfigureAwait(false)
        ?? await RunAsync(options, options.Version).ConfigureAwait(false)
        ?? new MqttProbeResult(MqttProbeOutcome.Refused, $"{options.Broker} does not speak the version of MQTT that is set");

    private static async Task<MqttProbeResult?> RunAsync(MqttOptions options, MqttVersion version)
    {
        using var signal = new LoopSignal();
        using var client = new BrokerClient($"{options.EffectiveClientId}-doctor", version, signal);
        if (options.UserName is not null)
        {
            client.SetCredentials(options.UserName, options.Password);
        }

        BrokerFault? fault;
        try
        {
            using var wire = new BrokerWire(options);
            using var patience = new CancellationTokenSource(Patience);
            fault = await client.ConnectAsync(options, wire, patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return new MqttProbeResult(MqttProbeOutcome.Refused, string.Join(' ', options.Tls!.Problems()));
        }

        return client.ConnectReply switch
        {
            0 => await PublishAsync(client, signal, options, version).ConfigureAwait(false),
            1 or 0x84 when version == MqttVersion.V5 => null,
            { } reply => new MqttProbeResult(
                MqttReason.IsPassing(reply) ? MqttProbeOutcome.Unreachable : MqttProbeOutcome.Refused,
                $"{options.Broker} {MqttReason.OfRefusal(reply, options.UserName is not null, version)}"),
            _ when fault!.Kind == BrokerFaultKind.Refused =>
                new MqttProbeResult(MqttProbeOutcome.Refused, $"{options.Broker} {fault.Reason}"),
            _ => new MqttProbeResult(MqttProbeOutcome.Unreachable, fault.Reason),
        };
    }

    private static async Task<MqttProbeResult> PublishAsync(
        BrokerClient client, LoopSignal signal, MqttOptions options, MqttVersion version)
    {
        var topic = $"{options.BaseTopic}/{options.Node}/doctor";
        var until = StopwatchTime.In(Patience);
        var messageId = client.Publish(topic, [], qos: 1, retain: false, expiry: null);
        while (client.End is null && StopwatchTime.Left(until) > TimeSpan.Zero)
        {
            await signal.WaitAsync(StopwatchTime.Shortest(StopwatchTime.Left(until), BrokerClient.Housekeeping)).ConfigureAwait(false);
            while (client.TryTakeAcknowledged(out var answer))
            {
                if (answer.MessageId == messageId)
                {
                    await client.DisconnectAsync(StopwatchTime.Left(until)).ConfigureAwait(false);
                    return Judge(topic, answer.Code, version);
                }
            }
        }

        return new MqttProbeResult(
            MqttProbeOutcome.MayNotPublish, $"{topic}: {(client.End ?? BrokerFault.NoAnswer).Reason}");
    }

    private static MqttProbeResult Judge(string topic, int code, MqttVersion version) => (MqttReason.IsError(code), version) switch
    {
        (true, _) => new MqttProbeResult(MqttProbeOutcome.MayNotPublish, $"{topic}: {MqttReason.Words(code)}"),
        (_, MqttVersion.V5) => new MqttProbeResult(MqttProbeOutcome.Well, topic),
        _ => new MqttProbeResult(MqttProbeOutcome.RightsUnknown, topic),
    };
}
