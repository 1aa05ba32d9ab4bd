namespace SernetStream.Mqtt.Session;

/// <summary>
/// The codes of a broker in words: the return codes of MQTT 3.1.1 (CONNACK, table 3.1) and the reason codes of MQTT 5
/// (section 2.4).
/// </summary>
internal static class MqttReason
{
    public const int BadUserNameOrPassword = 0x86;
    public const int NotAuthorised = 0x87;
    public const int SessionTakenOver = 0x8E;
    public const int PacketTooLarge = 0x95;
    public const int RetainNotSupported = 0x9A;
    private const int FirstError = 0x80;

    /// <summary>Whether a reason code of MQTT 5 is an error.</summary>
    public static bool IsError(int code) => code >= FirstError;

    /// <summary>Whether waiting may help against a refused CONNECT, without anybody's doing.</summary>
    public static bool IsPassing(int code) => code is 3 or 0x88 or 0x89 or 0x97 or 0x9F;

    /// <summary>Why a CONNECT was refused, behind the broker's name.</summary>
    public static string OfRefusal(int code, bool namedUser, MqttVersion version) => code switch
    {
        1 or 0x84 when version == MqttVersion.V5 => "does not speak MQTT 5; set the version to 3.1.1",
        1 or 0x84 => "does not speak MQTT 3.1.1",
        2 or 0x85 => "refused the client id",
        3 or 0x88 => "is not available at the moment",
        4 or 5 or BadUserNameOrPassword or NotAuthorised when namedUser => "refused the user name or password",
        4 or 5 or BadUserNameOrPassword or NotAuthorised => "wants a user name and a password",
        _ => $"refused the connection ({Words(code)})",
    };

    /// <summary>A reason code of MQTT 5 in words that fit into brackets.</summary>
    public static string Words(int code) => code switch
    {
        0x80 => "no reason given",
        0x81 or 0x82 => "it found a fault in a message",
        0x83 => "it does not accept this",
        NotAuthorised => "not authorised",
        0x89 => "it is busy",
        0x8A => "this client is banned",
        0x8B => "the broker is shutting down",
        0x8C => "it wants another kind of login",
        0x8D => "it heard nothing from this node for too long",
        SessionTakenOver => "another client took over the client id",
        0x90 => "the topic is not accepted",
        0x93 or 0x96 => "too many messages at once",
        PacketTooLarge => "a message was too large",
        0x97 => "the quota is used up",
        0x98 => "an administrator closed it",
        RetainNotSupported => "it keeps no retained messages",
        0x9B => "it does not support this quality of service",
        0x9C or 0x9D => "it asks to use another server",
        0x9F => "too many connections",
        _ => $"code {code}",
    };
}
