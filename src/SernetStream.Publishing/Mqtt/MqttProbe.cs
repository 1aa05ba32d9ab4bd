using SernetStream.Posix;

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

    /// <summary>Tries. It may block for longer than its patience where the system's name lookup or TCP do.</summary>
    /// <exception cref="PublisherException">libmosquitto is missing.</exception>
    public static MqttProbeResult Run(MqttOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        MosquittoNative.Require();

        // Only MQTT 5 tells whether a message was taken; a broker that does not speak it is asked in the older tongue.
        var result = Run(options, MqttVersion.V5);
        return result ?? Run(options, options.Version)
            ?? new MqttProbeResult(MqttProbeOutcome.Refused, $"{options.Broker} does not speak the version of MQTT that is set");
    }

    private static MqttProbeResult? Run(MqttOptions options, MqttVersion version)
    {
        using var client = new MosquittoClient($"{options.EffectiveClientId}-doctor", version);
        if (options.UserName is not null)
        {
            client.SetCredentials(options.UserName, options.Password);
        }

        if (options.Tls is not null && !client.UseTls(options.Tls).IsSuccess)
        {
            return new MqttProbeResult(MqttProbeOutcome.Refused, string.Join(' ', options.Tls.Problems()));
        }

        using var wake = new WakeEvent();
        var until = StopwatchTime.In(Patience);
        var step = client.Connect(options.Host, options.Port, options.KeepAlive);
        while (step.IsSuccess && client.ConnectReply is null && StopwatchTime.Left(until) > TimeSpan.Zero)
        {
            step = Step(client, wake, until);
        }

        return client.ConnectReply switch
        {
            0 => Publish(client, wake, options, version),
            1 or 0x84 when version == MqttVersion.V5 => null,
            { } reply => new MqttProbeResult(
                MqttReason.IsPassing(reply) ? MqttProbeOutcome.Unreachable : MqttProbeOutcome.Refused,
                $"{options.Broker} {MqttReason.OfRefusal(reply, options.UserName is not null, version)}"),
            _ => new MqttProbeResult(MqttProbeOutcome.Unreachable, WhyNot(client, options, step)),
        };
    }

    private static MqttProbeResult Publish(MosquittoClient client, WakeEvent wake, MqttOptions options, MqttVersion version)
    {
        var topic = $"{options.BaseTopic}/{options.Node}/doctor";
        var until = StopwatchTime.In(Patience);
        var step = client.Publish(topic, [], qos: 1, retain: false, expiry: null, out var messageId);
        while (step.IsSuccess && StopwatchTime.Left(until) > TimeSpan.Zero)
        {
            step = Step(client, wake, until);
            while (client.TryTakeAcknowledged(out var answer))
            {
                if (answer.MessageId == messageId)
                {
                    client.Disconnect();
                    return Judge(topic, answer.Code, version);
                }
            }
        }

        return new MqttProbeResult(MqttProbeOutcome.MayNotPublish, $"{topic}: {(step.IsSuccess ? "no answer" : step.Reason)}");
    }

    private static MqttProbeResult Judge(string topic, int code, MqttVersion version) => (MqttReason.IsError(code), version) switch
    {
        (true, _) => new MqttProbeResult(MqttProbeOutcome.MayNotPublish, $"{topic}: {MqttReason.Words(code)}"),
        (_, MqttVersion.V5) => new MqttProbeResult(MqttProbeOutcome.Well, topic),
        _ => new MqttProbeResult(MqttProbeOutcome.RightsUnknown, topic),
    };

    private static MosquittoResult Step(MosquittoClient client, WakeEvent wake, long until) =>
        client.Step(wake, StopwatchTime.Shortest(StopwatchTime.Left(until), MosquittoClient.Housekeeping, TimeSpan.MaxValue));

    private static string WhyNot(MosquittoClient client, MqttOptions options, MosquittoResult step)
    {
        var tls = options.Tls is null ? null : TlsDiagnosis.Explain(options);
        var said = tls ?? (options.Tls is null ? null : client.LastError);
        return said ?? (step.IsSuccess ? MosquittoResult.NoAnswer : step.Reason);
    }
}
