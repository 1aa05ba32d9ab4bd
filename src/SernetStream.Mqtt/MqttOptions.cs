using System.Security.Cryptography;
using System.Text;

namespace SernetStream.Mqtt;

/// <summary>How to reach an MQTT broker, and what to publish there under which name.</summary>
public sealed partial record MqttOptions
{
    /// <summary>The port of MQTT without TLS.</summary>
    public const int DefaultPort = 1883;

    /// <summary>Host name or address of the broker; an IPv6 address without brackets.</summary>
    public required string Host { get; init; }

    /// <summary>TCP port of the broker, 1..65535.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>
    /// Name of this node (the room): one level of the topics, so without <c>/</c>, <c>+</c> and <c>#</c>.
    /// </summary>
    public string Node { get; init; } = "";

    /// <summary>The topics' levels above the node; without <c>+</c>, <c>#</c> and empty levels.</summary>
    public string BaseTopic { get; init; } = "sernet";

    /// <summary>
    /// Client id, which no other client of the broker may use; null means <c>sernet-</c>, the node, and the device id
    /// where there is one: so two nodes of one name learn of each other, instead of disconnecting each other.
    /// </summary>
    public string? ClientId { get; init; }

    /// <summary>User name at the broker; null for none.</summary>
    public string? UserName { get; init; }

    /// <summary>
    /// Password at the broker; null for none. It is never logged and not part of <see cref="ToString"/>.
    /// </summary>
    public string? Password { get; init; }

    /// <summary>How the connection is encrypted; null for not at all.</summary>
    public MqttTls? Tls { get; init; }

    /// <summary>Where MQTT over WebSockets is, such as <c>/mqtt</c>; null for MQTT over TCP.</summary>
    public string? WebSocketPath { get; init; }

    /// <summary>The version of the protocol.</summary>
    public MqttVersion Version { get; init; } = MqttVersion.V311;

    /// <summary>
    /// What this device is called for machines, 1..64 of <c>A-Z a-z 0-9 _ -</c>: hubs know it by this, whatever the
    /// node is called. Null means one that is derived from base topic and node, and so does not survive a new name.
    /// </summary>
    public string? DeviceId { get; init; }

    /// <summary>Whether this node is a house, which hears nothing itself: its rooms do (<see cref="RoomOf"/>).</summary>
    public bool IsHouse { get; init; }

    /// <summary>
    /// Whether this house is a silo of a cluster: its rooms come from other silos and go there, so hubs know them by their names alone,
    /// the silo is no device of hubs, and no event waits for room in the queue: the oldest gives way.
    /// </summary>
    public bool IsSilo { get; init; }

    /// <summary>The house, over whose connection this room is published; null: this node has a connection of its own.</summary>
    public MqttOptions? House { get; private init; }

    /// <summary>
    /// A file that remembers over restarts which retained topics were published, so that none stays at the broker when
    /// names or topics change; null where nothing can be kept.
    /// </summary>
    public string? TopicsFile { get; init; }

    /// <summary>
    /// The topic below which Home Assistant looks for devices; null turns discovery off, and takes a device that was
    /// announced before away.
    /// </summary>
    public string? DiscoveryPrefix { get; init; } = "homeassistant";

    /// <summary>
    /// Where Home Assistant says <c>online</c> when it has started, whereupon the node publishes everything again. It
    /// does not follow <see cref="DiscoveryPrefix"/> there either.
    /// </summary>
    public string BirthTopic { get; init; } = "homeassistant/status";

    /// <summary>What it says there when it has started.</summary>
    public string BirthPayload { get; init; } = "online";

    /// <summary>
    /// Where the node says <see cref="HelloPayload"/> each time it has connected, not retained; null for nowhere. For
    /// programs that do not know the node's own topics.
    /// </summary>
    public string? HelloTopic { get; init; }

    /// <summary>What the node says at <see cref="HelloTopic"/>; null for its name.</summary>
    public string? HelloPayload { get; init; }

    /// <summary>After how much silence the broker is asked whether it is there; 5 s to 18 h, whole seconds.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Quality of service of state, attributes and events, 0..2; availability has 1 and scores have 0 always.
    /// </summary>
    public int Qos { get; init; } = 1;

    /// <summary>Whether each interim event is published to the topic of the scores.</summary>
    public bool PublishInterim { get; init; }

    /// <summary>How many events are kept while the broker is away or slow; beyond, the oldest are dropped.</summary>
    public int EventQueue { get; init; } = 256;

    /// <summary>
    /// The age from which an event is not delivered: a lamp must not react to an old emotion. 1 s to 7 days. With MQTT
    /// 5 the broker obeys it too.
    /// </summary>
    public TimeSpan EventExpiry { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// After an event, this long no other of the same emotion is published, except that nobody speaks any more; zero to a
    /// day. State and attributes follow every event.
    /// </summary>
    public TimeSpan Refractory { get; init; }

    /// <summary>How often the health is published; 1 s to a day.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the level of the sound is looked at and, if it has changed, published; 1 s to a day. Zero: never.</summary>
    public TimeSpan LevelInterval { get; init; }

    /// <summary>Whether it is published how long each emotion has lasted today.</summary>
    public bool Statistics { get; init; }

    /// <summary>A file that keeps these sums over a restart; null where nothing can be kept.</summary>
    public string? TodayFile { get; init; }

    /// <summary>The room or area that Home Assistant is to put the device into; null for none.</summary>
    public string? Area { get; init; }

    /// <summary>The shortest wait before another attempt to connect.</summary>
    public TimeSpan ReconnectShortest { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before another attempt to connect.</summary>
    public TimeSpan ReconnectLongest { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the end may take: sending what is queued, and saying <c>offline</c>.</summary>
    public TimeSpan ShutdownLimit { get; init; } = TimeSpan.FromSeconds(1.3);

    /// <summary>
    /// How long the answer to Home Assistant's birth may wait, so that not all nodes answer in the same moment.
    /// </summary>
    internal TimeSpan BirthJitter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The broker for people: <c>broker.local:1883</c>, <c>[::1]:1883</c>.</summary>
    public string Broker => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>What is said at <see cref="HelloTopic"/>.</summary>
    public string EffectiveHelloPayload => HelloPayload ?? Node;

    /// <summary>The name that the broker must prove to have.</summary>
    internal string ServerName => Tls?.ServerName ?? Host;

    /// <summary>The client id that is used.</summary>
    public string EffectiveClientId => ClientId ?? (DeviceId is null ? $"sernet-{Node}" : $"sernet-{Node}-{DeviceId}");

    /// <summary>The device id that is used.</summary>
    public string EffectiveDeviceId => DeviceId ?? DerivedDeviceId($"{BaseTopic}/{Node}");

    /// <summary>The topic of Home Assistant's discovery; null when it is off.</summary>
    public string? DiscoveryTopic => DiscoveryPrefix is null || IsSilo ? null : DiscoveryTopicBelow(DiscoveryPrefix);

    /// <summary>
    /// Reads a broker's address: <c>broker.local</c>, <c>broker.local:1884</c>, <c>mqtt://user@host:port</c>,
    /// <c>[::1]:1883</c>, <c>::1</c>; <c>mqtts://host</c> for TLS, <c>ws://host:port/path</c> and <c>wss://host</c> for
    /// WebSockets.
    /// </summary>
    /// <param name="address">The address.</param>
    /// <param name="encrypted">Whether TLS is meant, though the address may not say so.</param>
    /// <exception cref="FormatException">It is none of these; the message says what is wrong with it.</exception>
    public static MqttOptions Parse(string address, bool encrypted = false) => MqttAddress.Parse(address, encrypted);

    /// <summary>A device id made of any text: 12 hexadecimal digits, the same for the same text.</summary>
    public static string DerivedDeviceId(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];

    /// <summary>The options of a room of this house: a device of its own, over the same connection.</summary>
    /// <param name="room">The room's name.</param>
    public MqttOptions RoomOf(string room) => this with
    {
        IsHouse = false,
        IsSilo = false,
        House = this,
        Node = room,
        DeviceId = IsSilo ? null : DerivedDeviceId($"{EffectiveDeviceId}/{room}"),
        HelloTopic = null,
        TopicsFile = null,
        TodayFile = TodayFile is null ? null : $"{TodayFile}.{DerivedDeviceId(room)}",
        Area = null,
    };

    /// <summary>The options for logs, without the password.</summary>
    public override string ToString() =>
        $"{Scheme}://{(UserName is null ? "" : UserName + "@")}{Broker}{WebSocketPath} {BaseTopic}/{Node}";

    private string Scheme => (Tls, WebSocketPath) switch
    {
        (null, null) => "mqtt",
        (_, null) => "mqtts",
        (null, _) => "ws",
        _ => "wss",
    };

    /// <summary>The topic of this device's discovery below a prefix.</summary>
    internal string DiscoveryTopicBelow(string prefix) => $"{prefix}/device/sernet_{EffectiveDeviceId}/config";
}
