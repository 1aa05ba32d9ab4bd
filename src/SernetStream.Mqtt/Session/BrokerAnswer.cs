namespace SernetStream.Mqtt.Session;

/// <summary>What the broker said to one message or subscription; 0 means yes, 0x80 and above mean no.</summary>
/// <param name="MessageId">The id of what was sent.</param>
/// <param name="Code">The reason code of MQTT 5, or the return code of MQTT 3.1.1.</param>
internal readonly record struct BrokerAnswer(int MessageId, int Code);
