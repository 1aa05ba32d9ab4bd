using System.Text;

namespace SernetStream.Mqtt;

/// <content>What the options can be.</content>
public sealed partial record MqttOptions
{
    private const int LongestNode = 64;
    private const int LongestBaseTopic = 128;
    private const int LongestString = 65535;
    private const int LongestDeviceId = 64;
    private const int LongestHello = 1024;

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
            Refractory >= TimeSpan.Zero && Refractory <= TimeSpan.FromDays(1),
            $"The refractory time of MQTT events is {Refractory.TotalSeconds} s, but must be 0 s to a day.");
        Require(
            HealthInterval >= TimeSpan.FromSeconds(1) && HealthInterval <= TimeSpan.FromDays(1),
            $"The interval of the MQTT health is {HealthInterval.TotalSeconds} s, but must be 1 s to a day.");
        Require(
            LevelInterval == TimeSpan.Zero || (LevelInterval >= TimeSpan.FromSeconds(1) && LevelInterval <= TimeSpan.FromDays(1)),
            $"The interval of the MQTT level is {LevelInterval.TotalSeconds} s, but must be 0 for never, or 1 s to a day.");
        Require(
            Area is null || (Area.Length is > 0 and <= LongestNode && IsText(Area)),
            $"The area of the device must have 1 to {LongestNode} characters and no control characters.");
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

    private static bool HasWildcard(string topic) => topic.AsSpan().ContainsAny('+', '#');

    // Others read the meaning of these topics off their names, and Home Assistant would take a hello for a birth.
    private bool IsTaken(string topic) =>
        topic == BirthTopic || topic == DiscoveryTopic
        || $"{topic}/".StartsWith($"{BaseTopic}/{Node}/", StringComparison.Ordinal)
        || topic.StartsWith($"{BaseTopic}/{MqttTopics.DevicesLevel}/", StringComparison.Ordinal);

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
            BirthPayload.Length > 0 && IsText(BirthPayload),
            "What Home Assistant says at its birth must have at least 1 character and no control characters, such as online.");
        require(
            HelloTopic is null || IsTopic(HelloTopic),
            $"The topic where the node says hello must have 1 to {LongestBaseTopic} characters, no + or #, no empty level "
            + "and no $ in front.");
        require(
            HelloTopic is null || !IsTaken(HelloTopic),
            $"The node cannot say hello at {HelloTopic}: it has another use for that topic. Choose one outside of "
            + $"{BaseTopic}/{Node} and {BaseTopic}/{MqttTopics.DevicesLevel}, such as home/hello.");
        require(
            HelloPayload is null || (HelloPayload.Length is > 0 and <= LongestHello && IsText(HelloPayload)),
            $"What the node says as hello must have 1 to {LongestHello} characters and no control characters.");
        require(
            DeviceId is null || IsDeviceId(DeviceId),
            $"The MQTT device id must have 1 to {LongestDeviceId} characters, each a letter of A to Z, a digit, _ or -.");
    }
}
