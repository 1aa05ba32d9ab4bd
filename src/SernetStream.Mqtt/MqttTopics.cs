namespace SernetStream.Mqtt;

/// <summary>The topics of one node, and the payloads of its availability.</summary>
public sealed class MqttTopics
{
    /// <summary>The level below the base topic that holds a record of each device.</summary>
    internal const string DevicesLevel = "devices";

    private const string Set = "/set";
    private const string AvailabilityLevel = "/availability";

    private readonly string _root;

    /// <summary>The topics of <paramref name="node"/> below <paramref name="baseTopic"/>.</summary>
    public MqttTopics(string baseTopic, string node)
    {
        _root = $"{baseTopic}/{node}";
        Availability = _root + AvailabilityLevel;
        State = $"{_root}/state";
        Attributes = $"{_root}/attributes";
        Event = $"{_root}/event";
        Scores = $"{_root}/scores";
        Health = $"{_root}/health";
        Level = $"{_root}/level";
        Today = $"{_root}/today";
        Mute = $"{_root}/mute";
        HalfLife = $"{_root}/half-life";
        Threshold = $"{_root}/threshold";
        Sensitivity = $"{_root}/sensitivity";
        LogLevel = $"{_root}/log-level";
        Feedback = $"{_root}/feedback";
    }

    /// <summary>The level above all of them.</summary>
    internal string Root => _root;

    /// <summary><c>online</c> or <c>offline</c>; retained.</summary>
    public string Availability { get; }

    /// <summary>Emotion, confidence, speech and mute; retained, on change.</summary>
    public string State { get; }

    /// <summary>Probabilities, model and times of the newest classification; retained.</summary>
    public string Attributes { get; }

    /// <summary>Each final and change event.</summary>
    public string Event { get; }

    /// <summary>Each interim event, where that is turned on.</summary>
    public string Scores { get; }

    /// <summary>Version, counters and latency; retained, at intervals.</summary>
    public string Health { get; }

    /// <summary>How loud it is, where that is turned on; retained, at intervals.</summary>
    public string Level { get; }

    /// <summary>How long each emotion has lasted today, where that is turned on; retained, every minute.</summary>
    public string Today { get; }

    /// <summary><c>ON</c> while nobody listens, otherwise <c>OFF</c>; retained.</summary>
    public string Mute { get; }

    /// <summary>The smoother's half-life in seconds; retained.</summary>
    public string HalfLife { get; }

    /// <summary>How probable a label must be to become the emotion, 0..1; retained.</summary>
    public string Threshold { get; }

    /// <summary>How readily a voice is given an emotion, for a model of which that was measured; retained.</summary>
    public string Sensitivity { get; }

    /// <summary>From which level on the node logs; retained.</summary>
    public string LogLevel { get; }

    /// <summary>What came of the last label that somebody gave an utterance; retained.</summary>
    public string Feedback { get; }

    /// <summary>The filter of all commands of this node.</summary>
    public string CommandFilter => $"{_root}/+{Set}";

    /// <summary>Everything that the broker can keep below the name of this node.</summary>
    internal IReadOnlyList<string> Retained =>
        [Availability, State, Attributes, Health, Level, Today, Mute, HalfLife, Threshold, Sensitivity, LogLevel, Feedback];

    /// <summary>Everything that the broker keeps for a node with these options.</summary>
    internal static IReadOnlyList<string> RetainedOf(
        MqttOptions options, bool hasControls, bool hasFeedback = false, bool hasSensitivity = true)
    {
        var topics = new MqttTopics(options.BaseTopic, options.Node);
        string[] controls = [topics.Mute, topics.HalfLife, topics.Threshold, topics.Sensitivity, topics.LogLevel];
        var below = topics.Retained
            .Where(topic => topic == topics.Feedback ? hasFeedback : hasControls || !controls.Contains(topic))
            .Where(topic => hasSensitivity || topic != topics.Sensitivity)
            .Where(topic => options.LevelInterval > TimeSpan.Zero || topic != topics.Level)
            .Where(topic => options.Statistics || topic != topics.Today)
            .Where(topic => !options.IsHouse || topic == topics.Availability || topic == topics.Health);
        string[] discovery = options.DiscoveryTopic is { } topic ? [topic] : [];
        return [.. below, RecordOf(options.BaseTopic, options.EffectiveDeviceId), .. discovery];
    }

    internal static ReadOnlySpan<byte> Online => "online"u8;

    internal static ReadOnlySpan<byte> Offline => "offline"u8;

    /// <summary>The topic that changes a value of this node.</summary>
    /// <param name="topic">The topic of the value, such as <see cref="Mute"/>.</param>
    public static string CommandOf(string topic) => topic + Set;

    /// <summary>The topic for testing whether the broker keeps the node's messages.</summary>
    internal string Probe => $"{_root}/doctor";

    /// <summary>Whether this topic takes commands.</summary>
    internal bool IsCommand(string topic) =>
        topic.StartsWith(_root + "/", StringComparison.Ordinal) && topic.EndsWith(Set, StringComparison.Ordinal);

    /// <summary>Whether this is the availability of any node.</summary>
    internal static bool IsAvailability(string topic) =>
        topic.EndsWith(AvailabilityLevel, StringComparison.Ordinal) && topic.Count(c => c == '/') >= 2;

    /// <summary>The topic above all those of the node with this availability.</summary>
    internal static string RootOf(string availability) => availability[..^AvailabilityLevel.Length];

    /// <summary>The base topic of such a root.</summary>
    internal static string BaseOf(string root) => root[..root.LastIndexOf('/')];

    /// <summary>Whether this is the record of a device, and below which base topic.</summary>
    internal static bool IsRecord(string topic, out string baseTopic)
    {
        var cut = topic.LastIndexOf($"/{DevicesLevel}/", StringComparison.Ordinal);
        baseTopic = cut > 0 ? topic[..cut] : "";
        return cut > 0 && !topic.AsSpan(cut + DevicesLevel.Length + 2).Contains('/');
    }

    /// <summary>The topic of a device's record: its name, and so the topics that the broker keeps for it.</summary>
    internal static string RecordOf(string baseTopic, string deviceId) => $"{baseTopic}/{DevicesLevel}/{deviceId}";
}
