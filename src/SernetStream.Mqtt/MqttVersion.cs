namespace SernetStream.Mqtt;

/// <summary>A version of the protocol.</summary>
public enum MqttVersion
{
    /// <summary>MQTT 3.1.1, which every broker speaks.</summary>
    V311 = 4,

    /// <summary>MQTT 5: events expire at the broker too, and it gives reasons.</summary>
    V5 = 5,
}
