using System.Text;
using MQTTnet;
using SernetStream.Mqtt.Outbox;

namespace SernetStream.Mqtt.Session;

/// <summary>The features that a broker's CONNACK excludes; only MQTT 5 brokers can say so.</summary>
internal sealed record BrokerLimits
{
    /// <summary>The largest packet the broker takes, in bytes.</summary>
    public long PacketSize { get; init; } = long.MaxValue;

    /// <summary>How many messages may wait for its acknowledgement at once.</summary>
    public int Window { get; init; } = int.MaxValue;

    /// <summary>The best quality of service it gives.</summary>
    public int Qos { get; init; } = 2;

    /// <summary>Whether it keeps retained messages.</summary>
    public bool KeepsRetained { get; init; } = true;

    /// <summary>After how much silence it gives a client up, where it sets that itself.</summary>
    public TimeSpan? KeepAlive { get; init; }

    public static BrokerLimits Of(MqttClientConnectResult result, MqttVersion version) => version != MqttVersion.V5
        ? new BrokerLimits()
        : new BrokerLimits
        {
            PacketSize = result.MaximumPacketSize is > 0 and { } size ? size : long.MaxValue,
            Window = result.ReceiveMaximum is > 0 and { } window ? window : int.MaxValue,
            Qos = (int)result.MaximumQoS,
            KeepsRetained = result.RetainAvailable,
            KeepAlive = result.ServerKeepAlive > 0 ? TimeSpan.FromSeconds(result.ServerKeepAlive) : null,
        };

    /// <summary>How large the PUBLISH packet of a message is, in bytes (MQTT 3.1.1 and 5, section 3.3).</summary>
    public static int SizeOf(OutboundMessage message, int payloadLength, MqttVersion version)
    {
        var id = message.Qos > 0 ? 2 : 0;
        var expiry = message.Left is null ? 0 : 5;
        var properties = version == MqttVersion.V5 ? 1 + expiry : 0;
        var remaining = 2 + Encoding.UTF8.GetByteCount(message.Topic) + id + properties + payloadLength;
        var length = remaining switch { < 128 => 1, < 16384 => 2, < 2097152 => 3, _ => 4 };
        return 1 + length + remaining;
    }
}
