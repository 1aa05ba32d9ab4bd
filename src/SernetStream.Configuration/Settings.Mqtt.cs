using SernetStream.Mqtt;

namespace SernetStream.Configuration;

/// <content>The MQTT broker.</content>
internal static partial class Settings
{
    private static readonly MqttOptions Broker = new() { Host = "" };

    public static readonly TextSetting MqttBroker = new(
        "mqtt.broker", "", "Publish to this MQTT broker: broker.local, broker.local:1883, mqtt://user@broker.local, mqtts://broker.local (TLS), ws://broker.local:9001/mqtt, wss://broker.local/mqtt (WebSockets). Empty: do not publish.")
    { Option = "--mqtt BROKER", Check = MqttAddressProblem };

    public static readonly TextSetting MqttUser = new("mqtt.user", "", "User name at the broker.")
    {
        Option = "--mqtt-user NAME",
        Check = AsTheBrokerTakesIt((options, text) => options with { UserName = text.Length == 0 ? null : text }),
    };

    public static readonly SecretSetting MqttPassword = new("mqtt.password_file", "File with the password at the broker.")
    { Option = "--mqtt-password-file FILE" };

    public static readonly SwitchSetting MqttTls = new(
        "mqtt.tls", false, "Encrypt the connection. mqtts:// and each of the files below do so too. The default port is then 8883.")
    { Option = "--mqtt-tls" };

    public static readonly TextSetting MqttCa = new(
        "mqtt.ca_file", "", "File (PEM) with the certificate authorities that sernetd accepts for the broker. Empty: those of the system.")
    {
        Option = "--mqtt-ca FILE",
        Check = AsTheBrokerTakesIt((options, text) => options with { Tls = new MqttTls { CaFile = text.Length == 0 ? null : text } }),
    };

    public static readonly TextSetting MqttCertificate = new(
        "mqtt.certificate_file", "", "File (PEM) with this node's own certificate, for brokers that ask for one.")
    { Option = "--mqtt-cert FILE", Check = ReadableFile };

    public static readonly TextSetting MqttKey = new(
        "mqtt.key_file", "", "File (PEM) with the key of mqtt.certificate_file. Empty: it is in that file.")
    { Option = "--mqtt-key FILE", Check = ReadableFile };

    public static readonly SwitchSetting MqttVerify = new(
        "mqtt.verify", true, "Check the broker's certificate. Without this check, anybody on the way can read and change everything.");

    public static readonly TextSetting MqttServerName = new(
        "mqtt.server_name", "",
        "The name in the broker's certificate, if it is not that of the address; for a broker behind an address or a proxy. It encrypts the connection too. Empty: the name of the address.")
    {
        Option = "--mqtt-server-name NAME",
        Check = AsTheBrokerTakesIt((options, text) => options with { Tls = new MqttTls { ServerName = text.Length == 0 ? null : text } }),
    };

    public static readonly TextSetting MqttVersion = new("mqtt.version", "3.1.1", "Version of the protocol: 3.1.1 or 5.")
    { Check = text => text is "3.1.1" or "5" ? null : "it must be 3.1.1 or 5." };

    public static readonly TextSetting MqttClientId = new(
        "mqtt.client_id", "", "Client id. No other client of the broker may use it. Empty: sernet-, the node and the device id.")
    { Check = AsTheBrokerTakesIt((options, text) => options with { ClientId = text.Length == 0 ? null : text }) };

    public static readonly TextSetting MqttBaseTopic = new("mqtt.base_topic", Broker.BaseTopic, "Levels of the topics above the node's name.")
    { Check = AsTheBrokerTakesIt((options, text) => options with { BaseTopic = text }) };

    public static readonly IntegerSetting MqttKeepAlive = new(
        "mqtt.keep_alive", (int)Broker.KeepAlive.TotalSeconds, 5, 65535, "After this time of silence, sernetd asks whether the broker is still there.")
    { Unit = "s" };

    public static readonly IntegerSetting MqttQos = new(
        "mqtt.qos", Broker.Qos, 0, 2, "Quality of service of state, attributes and events: 0 at most once, 1 at least once, 2 exactly once.");

    public static readonly SwitchSetting MqttScores = new(
        "mqtt.scores", Broker.PublishInterim, "Publish the interim events too.")
    { Option = "--mqtt-scores" };

    public static readonly NumberSetting MqttEventExpiry = new(
        "mqtt.event_expiry", Broker.EventExpiry.TotalSeconds, new Bounds(1, 7 * 86400),
        "An event older than this is not delivered; with MQTT 5 the broker obeys this too.")
    { Unit = "s" };

    public static readonly NumberSetting MqttRefractory = new(
        "mqtt.refractory", Broker.Refractory.TotalSeconds, new Bounds(0, 86400),
        "After an event, no other event of the same emotion is published for this time; 60: at most one a minute. The state still follows, and the emotion none always passes. 0: every event.")
    { Unit = "s" };

    public static readonly NumberSetting MqttHealthInterval = new(
        "mqtt.health_interval", Broker.HealthInterval.TotalSeconds, new Bounds(1, 86400), "How often the health is published.")
    { Unit = "s" };

    public static readonly OptionalNumberSetting MqttLevelInterval = new(
        "mqtt.level_interval", new Bounds(1, 86400),
        "How often the level of the sound is published, in dB below full scale, and only if it has changed by 1 dB or more. Empty: never.")
    { Unit = "s" };

    public static readonly SwitchSetting MqttStatistics = new(
        "mqtt.statistics", Broker.Statistics,
        "Publish how long each emotion has lasted today, for long-term statistics in Home Assistant. The sums are kept in the state folder.");

    public static readonly SwitchSetting MqttDiscovery = new(
        "mqtt.discovery", true, "Announce the node to Home Assistant. If off, the node is removed there.")
    { Option = "--mqtt-discovery" };

    public static readonly TextSetting MqttDiscoveryPrefix = new(
        "mqtt.discovery_prefix", Broker.DiscoveryPrefix!, "The topic below which Home Assistant looks for devices.")
    { Check = AsTheBrokerTakesIt((options, text) => options with { DiscoveryPrefix = text }) };

    public static readonly TextSetting MqttArea = new(
        "mqtt.area", "", "The room or area that Home Assistant is to put the device into, such as Kitchen, if it is in none yet. Empty: none.")
    { Check = AsTheBrokerTakesIt((options, text) => options with { Area = text.Length == 0 ? null : text }) };

    public static readonly TextSetting MqttBirthTopic = new(
        "mqtt.birth_topic", Broker.BirthTopic,
        "The topic where Home Assistant says online when it has started. It does not depend on the discovery prefix.")
    { Check = AsTheBrokerTakesIt((options, text) => options with { BirthTopic = text }) };

    public static readonly TextSetting MqttBirthPayload = new(
        "mqtt.birth_payload", Broker.BirthPayload, "What Home Assistant says there, if you have changed its birth message.")
    { Check = AsTheBrokerTakesIt((options, text) => options with { BirthPayload = text }) };

    public static readonly TextSetting MqttHelloTopic = new(
        "mqtt.hello_topic", "",
        "A birth message of the node's own: a topic to which it publishes once after each connection. Empty: none. Its availability is published anyway.")
    { Check = AsTheBrokerTakesIt((options, text) => options with { HelloTopic = text.Length == 0 ? null : text }) };

    public static readonly TextSetting MqttHelloPayload = new(
        "mqtt.hello_payload", "", "What the node publishes there. Empty: its name.")
    { Check = AsTheBrokerTakesIt((options, text) => options with { HelloPayload = text.Length == 0 ? null : text }) };

    public static readonly TextSetting MqttDeviceId = new(
        "mqtt.device_id", "",
        "Id by which hubs know the device, whatever the node's name: letters, digits, _ and -. Empty: sernetd makes one for the node's name and keeps it; 'sernetd rename' passes it on to another name.")
    { Check = AsTheBrokerTakesIt((options, text) => options with { DeviceId = text.Length == 0 ? null : text }) };

    private static string? MqttAddressProblem(string address)
    {
        try
        {
            return address.Length == 0 || MqttOptions.Parse(address) is not null ? null : "";
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }

    /// <summary>Checks one setting by itself, so that its fault is reported with its line.</summary>
    private static Func<string, string?> AsTheBrokerTakesIt(Func<MqttOptions, string, MqttOptions> with) =>
        text => with(Broker with { Host = "broker.local", Node = "kitchen" }, text).Problems() is [var problem, ..] ? problem : null;

    private static Rule NodeNamesATopic() => new(
        Node,
        MqttBroker,
        values => values.Get(MqttBroker).Length == 0
            || (Broker with { Host = "broker.local", Node = values.Node() }).Problems().Count == 0,
        _ => "a name without /, + and #, of at most 64 characters and not devices, because it is a level of the MQTT topics");

    private static Rule PasswordNeedsUser() => new(
        MqttPassword,
        MqttUser,
        values => values.Get(MqttBroker).Length == 0 || values.Get(MqttPassword) is null || values.Get(MqttUser).Length > 0
            || MqttOptions.Parse(values.Get(MqttBroker)).UserName is not null,
        _ => $"left out, or {MqttUser.Key} given with it");
}
