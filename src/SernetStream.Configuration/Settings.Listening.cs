using System.Globalization;
using SernetStream.Audio;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Speech;

namespace SernetStream.Configuration;

/// <content>The source, and how it is classified.</content>
internal static partial class Settings
{
    /// <summary>What <see cref="Monitor"/> calls what the default loudspeaker plays.</summary>
    public const string MonitorOfDefault = "default";

    private static readonly PipelineOptions Pipeline = new();
    private static readonly SpeechGateOptions Gate = new();
    private static readonly SmootherOptions Smoother = new();
    private static readonly DeviceOptions Capture = new();

    public static readonly TextSetting Node = new(
        "node", "", "Name of this node, such as the room. It is part of the MQTT topics and of every event. Empty: the host's name.")
    { Option = "-n, --node NAME" };

    public static readonly TextSetting Device = new(
        "device", "default",
        "What to listen to: a name or index from 'sernetd devices', hw:1, default, pulse, pulse:NAME (a source of PulseAudio or PipeWire), monitor (what its default loudspeaker plays), file:PATH, a stream (http://, https://, rtsp://, rtsps://, tcp://, tcp-listen://, udp://, rtp://, wyoming://, wyoming-listen://), or stdin (raw s16le mono, or an audio file).")
    {
        Option = "-d, --device DEV",
        Suggestions = ["default", "pulse", "monitor", "stdin"],
        Check = DeviceProblem,
    };

    public static readonly TextSetting Monitor = new(
        "monitor", "",
        "What the room's own speakers play, heard beside a microphone so that a television is not taken for a person: default (the default "
        + "loudspeaker of PulseAudio or PipeWire) or pulse:NAME.monitor. Empty: nothing.")
    {
        Option = "--monitor NAME",
        Suggestions = [MonitorOfDefault],
        Check = MonitorProblem,
    };

    public static readonly TextSetting Model = new(
        "model", ModelCatalog.Default,
        "A built-in model's name, or the path of a card (.json) or of an .onnx file with its card beside it.")
    {
        Option = "-m, --model MODEL",
        Suggestions = [.. ModelCatalog.BuiltIn.Select(card => card.Name)],
        Check = Required,
    };

    public static readonly OptionalChoiceSetting<Sensitivity> Sensitivity = new(
        "sensitivity",
        "How readily a voice is given an emotion. Of 100 ordinary utterances, calm gives at most 2 an emotion by mistake, normal 5, eager 10. "
        + "The model's card holds these measured points ('sernetd models show'). smoothing.enter wins where it is set. Empty: normal, if "
        + "the card has points.")
    {
        Option = "--sensitivity LEVEL",
        WhenEmpty = SensitivityOf,
    };

    public static readonly ChoiceSetting<OutputFormat> Output = new(
        "output", OutputFormat.Auto,
        "Events on standard output: text (a line for people), json (one object a line), none, or auto: text at a terminal, otherwise json.")
    { Option = "-o, --output FORMAT" };

    public static readonly ChoiceSetting<LogVerbosity> LogLevel = new(
        "log_level", LogVerbosity.Info, "Level of the log on standard error: lines of this level and above.")
    { Option = "--log-level LEVEL" };

    public static readonly ChoiceSetting<Speed> PlaybackSpeed = new(
        "speed", Speed.Real,
        "How fast a file or standard input is read: real (as if live), or max (as fast as possible, nothing dropped).")
    { Option = "--speed SPEED" };

    public static readonly OptionalNumberSetting Duration = new(
        "duration", Bounds.Above(0), "Stop after this much audio; empty: never.")
    { Option = "--duration S", Unit = "s" };

    public static readonly ChoiceSetting<Learning> Learn = new(
        "learn", Learning.Off,
        "What models with a baseline learn of how people sound here: off; labelled (from utterances that somebody labels over MQTT, in "
        + "memory only); keep (the same, and from 'sernetd enrol', as numbers in the state folder); or session (from all that is "
        + "heard, in memory only: a mood that lasts soon becomes part of the baseline, and is no longer recognised). true means session.")
    { OnceSwitch = (Learning.Session, Learning.Off) };

    public static readonly TextSetting PluginDirectory = new(
        "plugin_directory", "", "Folder with the plugins, each in a folder of its own. Empty: the folder plugins beside sernetd.");

    public static readonly IntegerSetting StandardInputRate = new(
        "capture.stdin_rate", StreamSource.DefaultSampleRate, 8000, 192000, "Rate of raw samples on standard input; an audio file there states its own.")
    { Unit = "Hz" };

    public static readonly TextSetting Channel = new(
        "capture.channel", "mix",
        "Which of several channels to hear: mix (all that hold something; an inverted one is inverted back, a dead one is left "
        + "out), left, right, or a number from 1.")
    {
        Suggestions = ["mix", "left", "right"],
        Check = text => ChannelChoice.TryParse(text, out _) ? null : $"it must be mix, left, right or a number from 1 to {ChannelChoice.MaxChannels}.",
    };

    public static readonly SwitchSetting WaitForDevice = new(
        "capture.wait_for_device", Capture.WaitForDevice,
        "Wait for a device that is not there at the start, such as at boot. A device that is lost later is always opened again.")
    { Option = "--wait-device" };

    public static readonly NumberSetting OpenLimit = new(
        "capture.open_limit", Capture.OpenLimit.TotalSeconds, new Bounds(0.1, 600),
        "After this time, sernetd reports that the sound system does not answer while it opens a device.")
    { Unit = "s" };

    public static readonly SecretSetting StreamPassword = new(
        "capture.password_file", "File with the password of the user in the device's address (rtsp://user@camera/stream).");

    public static readonly SwitchSetting StreamVerify = new(
        "capture.verify", Capture.Network.Verify,
        "Check the certificate of a stream's server (https, rtsps). Without this check, anybody on the way can hear the password and the sound.");

    public static readonly TextSetting StreamAuthority = new(
        "capture.ca_file", "",
        "File (PEM) with certificate authorities that sernetd accepts for a stream's server (https), beside those of the system.")
    {
        Check = text => text.Length == 0 ? null : NetworkOptions.AuthorityProblem(text),
    };

    public static readonly NumberSetting StallLimit = new(
        "capture.stall_limit", Capture.Network.StallLimit.TotalSeconds, new Bounds(1, 600),
        "A stream that gives no sample for this time is closed and opened again.")
    { Unit = "s" };

    public static readonly ChoiceSetting<GateKind> GateDetector = new(
        "gate.detector", GateKind.Cascade,
        "What decides that somebody speaks: cascade (a tiny network, which asks silero when it hears something), silero (a small network, "
        + "asked all the time), energy (level alone), or off (always).")
    { Option = "--gate GATE" };

    public static readonly NumberSetting GateOpen = new(
        "gate.open", Rounded(Gate.OpenThreshold), Bounds.Above(0, 1), "The gate opens when 32 ms of sound are speech with at least this probability.");

    public static readonly NumberSetting GateClose = new(
        "gate.close", Rounded(Gate.CloseThreshold), Bounds.Above(0, 1),
        "While the gate is open, 32 ms of sound with a lower probability of speech are silence.");

    public static readonly NumberSetting GateMinSpeech = new(
        "gate.min_speech", Gate.MinSpeechSeconds, new Bounds(0, 5), "Shorter speech does not open the gate (a click, a cough).")
    { Unit = "s" };

    public static readonly NumberSetting GateMinSilence = new(
        "gate.min_silence", Gate.MinSilenceSeconds, new Bounds(0.032, 5),
        "Silence of this length ends an utterance; a shorter pause belongs to it.")
    { Unit = "s" };

    public static readonly NumberSetting GatePad = new(
        "gate.pad", Gate.PadSeconds, new Bounds(0, 1), "Sound that is added to an utterance before its first speech and after its last.")
    { Unit = "s" };

    public static readonly NumberSetting GateMaxUtterance = new(
        "gate.max_utterance", Gate.MaxUtteranceSeconds, new Bounds(1, 60),
        "An utterance is cut at this length; the next begins when speech goes on.")
    { Unit = "s" };

    public static readonly ChoiceSetting<WindowPolicy> Windows = new(
        "windows.policy", Pipeline.Windows,
        "Which parts of the stream are classified: utterance (each while it goes on, and as a whole), or sliding (the newest segment, every hop).")
    { Option = "--windows POLICY" };

    public static readonly NumberSetting MinSpeechShare = new(
        "windows.min_speech_share", Pipeline.MinSpeechShare, new Bounds(0, 1),
        "Share of a sliding window that must be speech.");

    public static readonly NumberSetting Hop = new(
        "windows.hop", Pipeline.HopSeconds, new Bounds(0.032, 10),
        "Time between two classifications while somebody speaks. If it is not a multiple of 32 ms, it is kept on average.")
    { Option = "--hop S", Unit = "s" };

    public static readonly NumberSetting LatencyBudget = new(
        "windows.latency_budget", Pipeline.LatencyBudgetSeconds, new Bounds(0.01, 60),
        "A live window that is older when its turn comes is skipped. A result that is older than this and a hop is dropped. Both are counted.")
    { Unit = "s" };

    public static readonly NumberSetting HalfLife = new(
        "smoothing.half_life", Smoother.HalfLifeSeconds, new Bounds(0, 600),
        "After this time, earlier utterances count half (with sliding windows: earlier windows). 0: only the newest counts.")
    { Unit = "s" };

    public static readonly OptionalNumberSetting Enter = new(
        "smoothing.enter", Bounds.Above(0, 1),
        "For experts: a label must be at least this probable to become the emotion; below, the emotion is unknown. If it is set, "
        + "sensitivity has no effect. Empty: the threshold of the sensitivity, and for neutral the value of the model's card "
        + $"(unknown.confidenceBelow), otherwise {Rounded(Smoother.Enter)}. A card without points has only the latter, for all labels.")
    { WhenEmpty = values => Text(values.Smoother().Enter) };

    public static readonly OptionalNumberSetting Leave = new(
        "smoothing.leave", new Bounds(0, 1),
        "The current emotion stays while it is at least this probable and no other label reaches smoothing.enter. "
        + $"Empty: {Rounded(Smoother.Leave)}, or smoothing.enter where that is lower.")
    { WhenEmpty = values => Text(values.Smoother().Leave) };

    public static readonly OptionalNumberSetting MaxEntropy = new(
        "smoothing.max_entropy", Bounds.Above(0, 1),
        "If the entropy of the probabilities is above this share of its maximum, the emotion is unknown; 1: never. Empty: the value of the model's card "
        + $"(unknown.entropyAbove), otherwise {Rounded(Smoother.MaxEntropy)}.")
    { WhenEmpty = values => Text(values.Smoother().MaxEntropy) };

    public static readonly NumberSetting Dwell = new(
        "smoothing.dwell", Smoother.DwellSeconds, new Bounds(0, 600), "An emotion stays at least this long before another may follow. Only the final of an utterance corrects its interims at once.")
    { Unit = "s" };

    public static readonly NumberSetting NoneAfter = new(
        "smoothing.none_after", Smoother.NoneAfterSeconds, Bounds.Above(0, 86400), "After this time without speech, the emotion is none.")
    { Unit = "s" };

    /// <summary>If the user sets no threshold to enter, the model's card may.</summary>
    private static Rule LeaveIsBelowEnter() => new(
        Leave,
        Enter,
        values => values.Get(Leave) is not { } leave || (float)leave <= values.Smoother().Enter,
        values => string.Create(CultureInfo.InvariantCulture, $"at most {Rounded(values.Smoother().Enter)} ({Enter.Key})"));

    private static string SensitivityOf(SettingValues values) =>
        values.Get(Enter) is null && values.Card() is { OperatingPoints: not null } ? "normal" : "none";

    /// <summary>Who asks for a promise must have a model that can give it.</summary>
    private static Rule SensitivityNeedsPoints() => new(
        Sensitivity,
        Model,
        values => values.Get(Sensitivity) is null || values.Card() is not { OperatingPoints: null },
        values => $"left out, because the card of {values.Card()?.Name} has no operating points; set {Enter.Key} instead, or another {Model.Key}");

    private static string? DeviceProblem(string text) =>
        text.Trim() == AudioSourceFactory.FilePrefix ? "the path of a file must follow file:."
        : text.Trim() == AudioSourceFactory.PulsePrefix ? "the name of a source must follow pulse:; 'sernetd devices' lists them."
        : StreamAddress.IsOne(text) ? StreamAddress.ProblemOf(text)
        : Required(text);

    private static string? MonitorProblem(string text) =>
        text.Length == 0 || text == MonitorOfDefault ? null
        : text.StartsWith(AudioSourceFactory.PulsePrefix, StringComparison.Ordinal) ? DeviceProblem(text)
        : "it must be default, or pulse: with the name of a source behind it; 'sernetd devices' lists them.";

    private static string? Required(string text) => string.IsNullOrWhiteSpace(text) ? "it is empty." : null;

    private static string Text(float value) => Rounded(value).ToString(CultureInfo.InvariantCulture);

    /// <summary>A number of single precision as people wrote it: 0.35, not 0.3499999940395355.</summary>
    private static double Rounded(float value) => Math.Round(value, 6);
}
