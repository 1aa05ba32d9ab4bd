using SernetStream.Audio;
using SernetStream.Daemon.Hosting;
using SernetStream.Inference;
using SernetStream.Inference.Speech;
using SernetStream.Pipeline;
using SernetStream.Publishing.Mqtt;

namespace SernetStream.Daemon.Configuration;

/// <summary>
/// Every setting there is, in the order of the file: the one place where its meaning, range and default are said. Defaults
/// are those of the parts' own options; that the ranges agree with the parts' own is tested.
/// </summary>
internal static class Settings
{
    /// <summary>The section that plugins share.</summary>
    public const string PluginsKey = "plugins";

    private const int ShortestToken = 16;

    private static readonly PipelineOptions Pipeline = new();
    private static readonly SpeechGateOptions Gate = new();
    private static readonly SmootherOptions Smoother = new();
    private static readonly DeviceOptions Capture = new();
    private static readonly MqttOptions Broker = new() { Host = "" };

    public static readonly TextSetting Node = new(
        "node", "", "Name of this node, such as the room. It names the MQTT topics and stands in every event. Empty: the host's name.")
    {
        Flag = "--node",
        ShortFlag = "-n",
        Placeholder = "NAME",
    };

    public static readonly TextSetting Device = new(
        "device", "default",
        "What to listen to: a name or index of 'sernetd devices', hw:1, default, pulse, file:PATH, or stdin (raw s16le mono).")
    {
        Flag = "--device",
        ShortFlag = "-d",
        Placeholder = "DEV",
        Suggestions = ["default", "pulse", "stdin"],
        Check = Required,
    };

    public static readonly TextSetting Model = new(
        "model", ModelCatalog.Default,
        "A built-in model's name, or the path of a card (.json) or of an .onnx file with its card beside it.")
    {
        Flag = "--model",
        ShortFlag = "-m",
        Placeholder = "MODEL",
        Suggestions = [.. ModelCatalog.BuiltIn.Select(card => card.Name)],
        Check = Required,
    };

    public static readonly ChoiceSetting<OutputFormat> Output = new(
        "output", OutputFormat.Auto,
        "Events on standard output: text (a line for people), json (one object a line), none, or auto: text at a terminal, otherwise json.")
    {
        Flag = "--output",
        ShortFlag = "-o",
        Placeholder = "FORMAT",
    };

    public static readonly ChoiceSetting<LogVerbosity> LogLevel = new(
        "log_level", LogVerbosity.Info, "The least important lines that are logged on standard error.")
    {
        Flag = "--log-level",
        Placeholder = "LEVEL",
    };

    public static readonly ChoiceSetting<Speed> PlaybackSpeed = new(
        "speed", Speed.Real,
        "How fast a file or standard input is taken: real (live), or max (as fast as it can be, nothing dropped).")
    {
        Flag = "--speed",
        Placeholder = "SPEED",
    };

    public static readonly OptionalNumberSetting Duration = new(
        "duration", Bounds.Above(0), "Stop after this much audio; empty: never.")
    {
        Flag = "--duration",
        Placeholder = "S",
        Unit = "s",
    };

    public static readonly TextSetting PluginDirectory = new(
        "plugin_directory", "", "Folder that holds the plugins, each in a folder of its own. Empty: the folder plugins beside sernetd.");

    public static readonly IntegerSetting StandardInputRate = new(
        "capture.stdin_rate", StreamSource.DefaultSampleRate, 8000, 192000, "Rate of what comes on standard input.")
    { Unit = "Hz" };

    public static readonly SwitchSetting WaitForDevice = new(
        "capture.wait_for_device", Capture.WaitForDevice,
        "Wait for a device that is not there at the start, as at boot; one that is lost later is always opened again.")
    { Flag = "--wait-device" };

    public static readonly NumberSetting OpenLimit = new(
        "capture.open_limit", Capture.OpenLimit.TotalSeconds, new Bounds(0.1, 600),
        "How long the sound system may take to open a device before it is said not to answer.")
    {
        Unit = "s",
    };

    public static readonly ChoiceSetting<GateKind> GateDetector = new(
        "gate.detector", GateKind.Silero,
        "What decides that somebody speaks: silero (a small network), energy (level alone), or off (always).")
    {
        Flag = "--gate",
        Placeholder = "GATE",
    };

    public static readonly NumberSetting GateOpen = new(
        "gate.open", Rounded(Gate.OpenThreshold), Bounds.Above(0, 1), "32 ms at least this likely to be speech open the gate.");

    public static readonly NumberSetting GateClose = new(
        "gate.close", Rounded(Gate.CloseThreshold), Bounds.Above(0, 1),
        "Once the gate is open, 32 ms less likely than this are silence.");

    public static readonly NumberSetting GateMinSpeech = new(
        "gate.min_speech", Gate.MinSpeechSeconds, new Bounds(0, 5), "Speech shorter than this opens nothing (a click, a cough).")
    {
        Unit = "s",
    };

    public static readonly NumberSetting GateMinSilence = new(
        "gate.min_silence", Gate.MinSilenceSeconds, new Bounds(0.032, 5),
        "Silence this long ends an utterance; a shorter pause belongs to it.")
    {
        Unit = "s",
    };

    public static readonly NumberSetting GatePad = new(
        "gate.pad", Gate.PadSeconds, new Bounds(0, 1), "What is kept before the first speech and after the last.")
    { Unit = "s" };

    public static readonly NumberSetting GateMaxUtterance = new(
        "gate.max_utterance", Gate.MaxUtteranceSeconds, new Bounds(1, 60),
        "An utterance that reaches this is cut; the next begins as soon as speech goes on.")
    {
        Unit = "s",
    };

    public static readonly ChoiceSetting<WindowPolicy> Windows = new(
        "windows.policy", Pipeline.Windows,
        "Which pieces of the stream are classified: utterance (each as it goes on, and as a whole), or sliding (the newest segment, every hop).")
    {
        Flag = "--windows",
        Placeholder = "POLICY",
    };

    public static readonly NumberSetting MinSpeechShare = new(
        "windows.min_speech_share", Pipeline.MinSpeechShare, new Bounds(0, 1),
        "How much of a sliding window must be speech.");

    public static readonly NumberSetting Hop = new(
        "windows.hop", Pipeline.HopSeconds, new Bounds(0.032, 10),
        "How often what goes on is classified; what is no whole number of 32 ms is kept on the average.")
    {
        Flag = "--hop",
        Placeholder = "S",
        Unit = "s",
    };

    public static readonly NumberSetting LatencyBudget = new(
        "windows.latency_budget", Pipeline.LatencyBudgetSeconds, new Bounds(0.01, 60),
        "A live window older than this when its turn comes is skipped, a result older than this and a hop is dropped; both are counted.")
    {
        Unit = "s",
    };

    public static readonly NumberSetting HalfLife = new(
        "smoothing.half_life", Smoother.HalfLifeSeconds, new Bounds(0, 600),
        "After this much speech, what was heard before counts half; 0: only the newest classification counts.")
    {
        Unit = "s",
    };

    public static readonly NumberSetting Enter = new(
        "smoothing.enter", Rounded(Smoother.Enter), Bounds.Above(0, 1),
        "A label must be at least this probable to become the emotion; below it the emotion is unknown.");

    public static readonly NumberSetting Leave = new(
        "smoothing.leave", Rounded(Smoother.Leave), new Bounds(0, 1),
        "The current emotion stays while it is at least this probable and no other may enter.");

    public static readonly NumberSetting MaxEntropy = new(
        "smoothing.max_entropy", Rounded(Smoother.MaxEntropy), Bounds.Above(0, 1),
        "Probabilities more spread out than this share of the most there can be are unknown; 1: never.");

    public static readonly NumberSetting Dwell = new(
        "smoothing.dwell", Smoother.DwellSeconds, new Bounds(0, 600), "An emotion stays at least this long before another may follow.")
    {
        Unit = "s",
    };

    public static readonly NumberSetting NoneAfter = new(
        "smoothing.none_after", Smoother.NoneAfterSeconds, Bounds.Above(0, 86400), "After this long without speech the emotion is none.")
    {
        Unit = "s",
    };

    public static readonly TextSetting MqttBroker = new(
        "mqtt.broker", "", "Publish to this MQTT broker: broker.local, broker.local:1883, mqtt://user@broker.local, mqtts://broker.local (TLS). Empty: do not.")
    {
        Flag = "--mqtt",
        Placeholder = "BROKER",
        Check = MqttAddressProblem,
    };

    public static readonly TextSetting MqttUser = new("mqtt.user", "", "User name at the broker.")
    {
        Flag = "--mqtt-user",
        Placeholder = "NAME",
    };

    public static readonly SecretSetting MqttPassword = new("mqtt.password_file", "File with the password at the broker.")
    {
        Flag = "--mqtt-password-file",
        Placeholder = "FILE",
    };

    public static readonly SwitchSetting MqttTls = new(
        "mqtt.tls", false, "Encrypt the connection, as mqtts:// and each of the files below do; the port is 8883 unless named.")
    {
        Flag = "--mqtt-tls",
    };

    public static readonly TextSetting MqttCa = new(
        "mqtt.ca_file", "", "File (PEM) with the authorities that may have signed the broker's certificate. Empty: those of the system.")
    {
        Flag = "--mqtt-ca",
        Placeholder = "FILE",
    };

    public static readonly TextSetting MqttCertificate = new(
        "mqtt.certificate_file", "", "File (PEM) with this node's own certificate, for brokers that ask for one.")
    {
        Flag = "--mqtt-cert",
        Placeholder = "FILE",
    };

    public static readonly TextSetting MqttKey = new(
        "mqtt.key_file", "", "File (PEM) with the key of mqtt.certificate_file. Empty: it is in that file.")
    {
        Flag = "--mqtt-key",
        Placeholder = "FILE",
    };

    public static readonly SwitchSetting MqttVerify = new(
        "mqtt.verify", true, "Whether the broker must prove with TLS who it is. Without, anybody on the way can read and change everything.");

    public static readonly TextSetting MqttVersion = new("mqtt.version", "3.1.1", "Version of the protocol: 3.1.1 or 5.")
    {
        Check = text => text is "3.1.1" or "5" ? null : "it must be 3.1.1 or 5.",
    };

    public static readonly TextSetting MqttClientId = new(
        "mqtt.client_id", "", "Client id, which no other client of the broker may use. Empty: sernet- and the node.");

    public static readonly TextSetting MqttBaseTopic = new("mqtt.base_topic", Broker.BaseTopic, "The topics' levels above the node.");

    public static readonly IntegerSetting MqttKeepAlive = new(
        "mqtt.keep_alive", (int)Broker.KeepAlive.TotalSeconds, 5, 65535, "After how much silence the broker is asked whether it is there.")
    {
        Unit = "s",
    };

    public static readonly IntegerSetting MqttQos = new(
        "mqtt.qos", Broker.Qos, 0, 2, "Quality of service of state, attributes and events: 0 at most once, 1 at least once, 2 exactly once.");

    public static readonly SwitchSetting MqttScores = new(
        "mqtt.scores", Broker.PublishInterim, "Publish every interim classification too.")
    { Flag = "--mqtt-scores" };

    public static readonly NumberSetting MqttEventExpiry = new(
        "mqtt.event_expiry", Broker.EventExpiry.TotalSeconds, new Bounds(1, 7 * 86400),
        "An event older than this is not delivered any more; with MQTT 5 the broker heeds it too.")
    {
        Unit = "s",
    };

    public static readonly NumberSetting MqttHealthInterval = new(
        "mqtt.health_interval", Broker.HealthInterval.TotalSeconds, new Bounds(1, 86400), "How often the health is published.")
    {
        Unit = "s",
    };

    public static readonly SwitchSetting MqttDiscovery = new(
        "mqtt.discovery", true, "Announce the node to Home Assistant. Off, a node that was announced is taken away there.")
    {
        Flag = "--mqtt-discovery",
    };

    public static readonly TextSetting MqttDiscoveryPrefix = new(
        "mqtt.discovery_prefix", Broker.DiscoveryPrefix!, "The topic below which Home Assistant looks for devices.");

    public static readonly TextSetting MqttDeviceId = new(
        "mqtt.device_id", "",
        "What hubs know the device by, whatever the node is called: letters, digits, _ and -. Empty: one that is made once and kept.");

    public static readonly ListenSetting WebListen = new(
        "web.listen",
        "Serve the dashboard, metrics and health: on (this machine only, port 8099), off, a port, or ADDRESS:PORT. "
        + "Where other machines can reach it, a token is needed too.")
    {
        Flag = "--web",
        Placeholder = "ADDRESS",
    };

    public static readonly SecretSetting WebToken = new(
        "web.token_file", "File with the token that browsers and programs must show; at least 16 characters.")
    {
        Flag = "--web-token-file",
        Placeholder = "FILE",
    };

    public static readonly TextSetting WebHosts = new(
        "web.hosts", "",
        "Names under which browsers may ask for the dashboard, with commas between them. Addresses, localhost and this machine's "
        + "own name are always right; any other name is refused, so that a foreign page cannot reach in (DNS rebinding).");

    public static readonly TextSetting WebCertificate = new(
        "web.certificate_file", "", "Certificate (PEM) for HTTPS. Empty: HTTP.")
    { Check = ReadableFile };

    public static readonly TextSetting WebKey = new("web.key_file", "", "Private key (PEM) of the certificate.") { Check = ReadableFile };

    public static readonly IntegerSetting WebClients = new(
        "web.max_clients", 64, 1, 1000, "Dashboards that may be open at once.");

    public static readonly SwitchSetting WebImage = new(
        "web.image", true,
        "Show what the model sees, as a scrolling picture. Words could be guessed from it, so leave it out where that matters.");

    public static readonly TextSetting OtlpEndpoint = new(
        "telemetry.otlp_endpoint", "", "Send metrics to this OpenTelemetry collector: http://collector:4317. Empty: do not.")
    { Check = HttpAddressProblem };

    public static readonly ChoiceSetting<OtlpProtocol> TelemetryProtocol = new(
        "telemetry.otlp_protocol", OtlpProtocol.Grpc, "What the collector speaks: grpc (port 4317), or http (port 4318).");

    public static readonly NumberSetting TelemetryInterval = new(
        "telemetry.otlp_interval", 60, new Bounds(1, 3600), "How often metrics are sent.")
    {
        Unit = "s",
    };

    /// <summary>All of them, in the order of the file.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Node, Device, Model, Output, LogLevel, PlaybackSpeed, Duration, PluginDirectory,
        StandardInputRate, WaitForDevice, OpenLimit,
        GateDetector, GateOpen, GateClose, GateMinSpeech, GateMinSilence, GatePad, GateMaxUtterance,
        Windows, MinSpeechShare, Hop, LatencyBudget,
        HalfLife, Enter, Leave, MaxEntropy, Dwell, NoneAfter,
        MqttBroker, MqttUser, MqttPassword, MqttTls, MqttCa, MqttCertificate, MqttKey, MqttVerify, MqttVersion, MqttClientId,
        MqttBaseTopic, MqttKeepAlive, MqttQos, MqttScores, MqttEventExpiry, MqttHealthInterval, MqttDiscovery,
        MqttDiscoveryPrefix, MqttDeviceId,
        WebListen, WebToken, WebHosts, WebCertificate, WebKey, WebClients, WebImage,
        OtlpEndpoint, TelemetryProtocol, TelemetryInterval,
    ];

    /// <summary>What must hold between them.</summary>
    public static IReadOnlyList<Rule> Rules { get; } =
    [
        Rule.AtMost(GateClose, GateOpen),
        Rule.AtMost(Leave, Enter),
        NodeNamesATopic(),
        TokenGuardsTheNetwork(),
        TokenIsLong(),
        Rule.Needs(WebKey, WebCertificate),
        Rule.Needs(WebCertificate, WebKey),
    ];

    /// <summary>The sections of the file, and what they are about; the settings without a section come first.</summary>
    public static IReadOnlyList<(string Name, string Title)> Sections { get; } =
    [
        ("", "What to listen to, and with which model."),
        ("capture", "How a source is opened."),
        ("gate", "When an utterance begins and ends."),
        ("windows", "What of the stream is classified, and when."),
        ("smoothing", "How single classifications become a mood."),
        ("mqtt", "Where events go in a smart home."),
        ("web", "The dashboard in the browser, Prometheus metrics and health. Nothing listens unless told to."),
        ("telemetry", "Metrics for an OpenTelemetry collector."),
    ];

    /// <summary>Whether a key is a section, ours or a plugin's.</summary>
    public static bool IsSection(string key) => key == PluginsKey || Sections.Any(section => section.Name == key);

    private static string? Required(string text) => string.IsNullOrWhiteSpace(text) ? "it is empty." : null;

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

    private static Rule NodeNamesATopic() => new(
        Node,
        MqttBroker,
        values => values.Get(MqttBroker).Length == 0 || values.Get(Node).IndexOfAny(['/', '+', '#']) < 0,
        _ => "a name without /, + and #, because it is a level of the MQTT topics");

    private static string? ReadableFile(string path)
    {
        if (path.Length == 0)
        {
            return null;
        }

        try
        {
            using var file = File.OpenRead(path);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"the file {path} cannot be read: {error.Message}";
        }
    }

    private static string? HttpAddressProblem(string address) =>
        address.Length == 0 || (Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
            ? null
            : "it is no address such as http://collector:4317.";

    private static Rule TokenGuardsTheNetwork() => new(
        WebToken,
        WebListen,
        values => values.Get(WebListen) is not { IsLoopback: false } || values.Get(WebToken) is not null,
        values => $"a file with a token, because other machines can reach {values.TextOf(WebListen)} "
            + "(web.listen); make one with: head -c 24 /dev/urandom | base64");

    private static Rule TokenIsLong() => new(
        WebToken,
        WebListen,
        values => values.Get(WebToken) is not { Value.Length: < ShortestToken },
        _ => $"a token of {ShortestToken} characters or more; make one with: head -c 24 /dev/urandom | base64");

    /// <summary>A number of single precision as people wrote it: 0.35, not 0.3499999940395355.</summary>
    private static double Rounded(float value) => Math.Round(value, 6);
}
