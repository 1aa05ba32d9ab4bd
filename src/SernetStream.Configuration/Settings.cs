namespace SernetStream.Configuration;

/// <summary>
/// Every setting there is, in the order of the file: the one place that defines its meaning, range and default.
/// Defaults are those of the parts' own options; that the ranges agree with the parts' own is tested.
/// </summary>
internal static partial class Settings
{
    /// <summary>The section that plugins share.</summary>
    public const string PluginsKey = "plugins";

    /// <summary>The section that rooms share.</summary>
    public const string RoomsKey = "rooms";

    // The parts of this class are initialized in an undefined order, so lists of all settings are made at first use.

    /// <summary>All of them, in the order of the file.</summary>
    public static IReadOnlyList<Setting> All => field ??=
    [
        Node, Device, Monitor, Model, Sensitivity, Output, LogLevel, PlaybackSpeed, Duration, Learn, PluginDirectory,
        StandardInputRate, Channel, WaitForDevice, OpenLimit, StreamPassword, StreamVerify, StreamAuthority, StallLimit,
        GateDetector, GateOpen, GateClose, GateMinSpeech, GateMinSilence, GatePad, GateMaxUtterance,
        Windows, MinSpeechShare, Hop, LatencyBudget,
        HalfLife, Enter, Leave, MaxEntropy, Dwell, NoneAfter,
        MqttBroker, MqttUser, MqttPassword, MqttTls, MqttCa, MqttCertificate, MqttKey, MqttVerify, MqttServerName, MqttVersion,
        MqttClientId, MqttBaseTopic, MqttKeepAlive, MqttQos, MqttScores, MqttEventExpiry, MqttRefractory, MqttHealthInterval, MqttLevelInterval, MqttStatistics,
        MqttDiscovery, MqttDiscoveryPrefix, MqttArea, MqttBirthTopic, MqttBirthPayload, MqttHelloTopic, MqttHelloPayload, MqttDeviceId,
        DiaryKeep, DiaryRetention,
        WebListen, WebToken, WebHosts, WebCertificate, WebKey, WebClients, WebImage,
        OtlpEndpoint, TelemetryProtocol, TelemetryInterval,
    ];

    /// <summary>The rules between settings.</summary>
    public static IReadOnlyList<Rule> Rules => field ??=
    [
        Rule.AtMost(GateClose, GateOpen),
        LeaveIsBelowEnter(),
        SensitivityNeedsPoints(),
        NodeNamesATopic(),
        PasswordNeedsUser(),
        Rule.Needs(MqttKey, MqttCertificate),
        TokenGuardsTheNetwork(),
        TokenIsLong(),
        Rule.Needs(WebKey, WebCertificate),
        Rule.Needs(WebCertificate, WebKey),
    ];

    /// <summary>The sections of the file, and what they are about; the settings without a section come first.</summary>
    public static IReadOnlyList<(string Name, string Title)> Sections { get; } =
    [
        ("", "The source, the model and the output."),
        ("capture", "How sernetd opens a source."),
        ("gate", "When an utterance begins and ends."),
        ("windows", "Which parts of the stream are classified, and when."),
        ("smoothing", "How single classifications become a mood."),
        ("mqtt", "Events to the MQTT broker of a smart home."),
        ("diary", "A diary of moods, which stays in this house. None is kept by default."),
        ("web", "The dashboard in the browser, Prometheus metrics and health. No port is open by default."),
        ("telemetry", "Metrics for an OpenTelemetry collector."),
    ];

    /// <summary>Whether a room may have its own value of a setting: what it listens to, and how it judges.</summary>
    public static bool IsOfRoom(Setting setting) =>
        (setting.Section is "capture" or "gate" or "windows" or "smoothing" && setting != WaitForDevice)
        || setting == Device || setting == Monitor || setting == Model || setting == Sensitivity || setting == PlaybackSpeed || setting == Learn;

    /// <summary>Whether a key is a section, ours or a plugin's.</summary>
    public static bool IsSection(string key) => key is PluginsKey or RoomsKey || Sections.Any(section => section.Name == key);
}
