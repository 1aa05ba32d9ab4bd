using System.Security.Cryptography;
using System.Text;

namespace SernetStream.Mqtt;

/// <summary>How to reach an MQTT broker, and what to publish there under which name.</summary>
public sealed record MqttOptions
{
    /// <summary>The port of MQTT without TLS.</summary>
    public const int DefaultPort = 1883;

    private const int LongestNode = 64;
    private const int LongestBaseTopic = 128;
    private const int LongestString = 65535;
    private const int LongestDeviceId = 64;

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

    /// <summary>How often the health is published; 1 s to a day.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromSeconds(60);

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

    /// <summary>The client id that is used.</summary>
    public string EffectiveClientId => ClientId ?? (DeviceId is null ? $"sernet-{Node}" : $"sernet-{Node}-{DeviceId}");

    /// <summary>The device id that is used.</summary>
    public string EffectiveDeviceId => DeviceId ?? DerivedDeviceId($"{BaseTopic}/{Node}");

    /// <summary>The topic of Home Assistant's discovery; null when it is off.</summary>
    public string? DiscoveryTopic => DiscoveryPrefix is null ? null : DiscoveryTopicBelow(DiscoveryPrefix);

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

    /// <summary>
    /// Everything that is wrong with these options, a sentence each; empty when they can be used. It looks into the
    /// files of <see cref="Tls"/>.
    /// </summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        Require(!string.IsNullOrWhiteSpace(Host) && IsText(Host), "The MQTT broker's host is empty or not readable.");
        Require(Port is >= 1 and <= 65535, $"The MQTT broker's port is {Port}, but must be 1 to 65535.");
        CheckTopics(Require);
        Require(
            ClientId is null || (ClientId.Length is > 0 and <= 256 && IsText(ClientId)),
            "The MQTT client id must have 1 to 256 characters and no control characters.");
        Require(
            UserName is null || (UserName.Length > 0 && IsText(UserName)),
            "The MQTT user name is empty, too long or has control characters.");
        Require(Password is null || UserName is not null, "An MQTT password needs a user name as well.");
        Require(
            Password is null || Encoding.UTF8.GetByteCount(Password) <= LongestString,
            $"The MQTT password is longer than {LongestString} bytes.");
        Require(
            Password is null || !Password.Contains('\0', StringComparison.Ordinal),
            "The MQTT password has a character of code 0 in it, which cannot be sent.");
        Require(
            KeepAlive.TotalSeconds is >= 5 and <= 65535,
            $"The MQTT keep-alive is {KeepAlive.TotalSeconds} s, but must be 5 to 65535 s.");
        Require(Qos is >= 0 and <= 2, $"The MQTT quality of service is {Qos}, but must be 0, 1 or 2.");
        Require(EventQueue >= 1, $"The MQTT event queue is {EventQueue} long, but must hold at least 1 event.");
        Require(
            ReconnectShortest > TimeSpan.Zero && ReconnectLongest >= ReconnectShortest
                && ReconnectLongest <= TimeSpan.FromDays(1),
            "The waits before reconnecting to the MQTT broker must be above 0, the longest not below the shortest "
            + "and at most a day.");
        Require(
            ShutdownLimit >= TimeSpan.Zero && ShutdownLimit <= TimeSpan.FromMinutes(1),
            "The MQTT shutdown limit must be 0 to 60 s.");
        Require(
            EventExpiry >= TimeSpan.FromSeconds(1) && EventExpiry <= TimeSpan.FromDays(7),
            $"The MQTT event expiry is {EventExpiry.TotalSeconds} s, but must be 1 s to 7 days.");
        Require(
            HealthInterval >= TimeSpan.FromSeconds(1) && HealthInterval <= TimeSpan.FromDays(1),
            $"The interval of the MQTT health is {HealthInterval.TotalSeconds} s, but must be 1 s to a day.");
        Require(Enum.IsDefined(Version), "The MQTT version must be 3.1.1 or 5.");
        problems.AddRange(Tls?.Problems() ?? []);
        return problems;

        void Require(bool condition, string problem)
        {
            if (!condition)
            {
                problems.Add(problem);
            }
        }
    }

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

    private static bool IsText(string text) =>
        Encoding.UTF8.GetByteCount(text) <= LongestString
        && !text.Any(char.IsControl)
        && !text.EnumerateRunes().Any(IsNoCharacter);

    // MQTT 3.1.1 section 1.5.3 forbids half surrogate pairs, which enumerate as the replacement character, and warns
    // of noncharacters, for which a broker may close the connection.
    private static bool IsNoCharacter(Rune rune) =>
        rune == Rune.ReplacementChar || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is >= 0xFDD0 and <= 0xFDEF;

    /// <summary>Whether a text can be a device id, and so a part of the topics and ids of Home Assistant.</summary>
    internal static bool IsDeviceId(string text) =>
        text.Length is > 0 and <= LongestDeviceId
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>Whether a text can be one or more levels of a topic that is published to.</summary>
    internal static bool IsTopic(string topic) =>
        topic.Length is > 0 and <= LongestBaseTopic && IsText(topic) && !HasWildcard(topic)
        && !topic.StartsWith('$') && !topic.Split('/').Any(string.IsNullOrWhiteSpace);

    /// <summary>Whether a text can be a whole topic that is published to.</summary>
    internal static bool IsTopicName(string topic) => topic.Length > 0 && IsText(topic) && !HasWildcard(topic);

    /// <summary>Whether a text can be the name of a node, and so one level of a topic.</summary>
    internal static bool IsNode(string node) =>
        !string.IsNullOrWhiteSpace(node) && node.Length <= LongestNode && IsText(node) && !HasWildcard(node)
        && !node.Contains('/', StringComparison.Ordinal);

    /// <summary>The topic of this device's discovery below a prefix.</summary>
    internal string DiscoveryTopicBelow(string prefix) => $"{prefix}/device/sernet_{EffectiveDeviceId}/config";

    private static bool HasWildcard(string topic) => topic.AsSpan().ContainsAny('+', '#');

    private void CheckTopics(Action<bool, string> require)
    {
        require(!string.IsNullOrWhiteSpace(Node), "The node has no name; MQTT topics need one, such as kitchen.");
        require(
            string.IsNullOrWhiteSpace(Node) || IsNode(Node),
            $"The node name must have at most {LongestNode} characters, none of them /, + or # or a control "
            + "character, because it is a level of the MQTT topics.");
        require(
            Node != MqttTopics.DevicesLevel,
            $"The node cannot be called {MqttTopics.DevicesLevel}: the records of all nodes are below that topic.");
        require(
            IsTopic(BaseTopic),
            $"The MQTT base topic must have 1 to {LongestBaseTopic} characters, no + or #, no empty level and no $ "
            + "in front.");
        require(
            DiscoveryPrefix is null || IsTopic(DiscoveryPrefix),
            $"The prefix of Home Assistant's discovery must have 1 to {LongestBaseTopic} characters, no + or #, no "
            + "empty level and no $ in front.");
        require(
            IsTopic(BirthTopic),
            $"The topic of Home Assistant's birth must have 1 to {LongestBaseTopic} characters, no + or #, no empty level "
            + "and no $ in front.");
        require(
            DeviceId is null || IsDeviceId(DeviceId),
            $"The MQTT device id must have 1 to {LongestDeviceId} characters, each a letter of A to Z, a digit, _ or -.");
    }
}
