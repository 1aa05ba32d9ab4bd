using System.Diagnostics.Metrics;
using SernetStream.Pipeline;
using SernetStream.PluginSupervisor;
using SernetStream.Publishing;
using SernetStream.Web.Dashboard;

namespace SernetStream.Web.Metrics;

/// <summary>
/// Every counter and histogram of a node as instruments of the meter <c>SernetStream</c>, named and measured as
/// OpenTelemetry asks (semantic conventions, "Metrics"): dots, singular, base units. Emotions are not metrics: they are
/// events, and go where the user sends events.
/// </summary>
internal sealed class NodeMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "SernetStream";

    // From a small window on a fast machine to the largest latency budget that makes sense.
    private static readonly double[] LatencyBounds = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

    private static readonly Dictionary<EmotionEventKind, KeyValuePair<string, object?>> Kinds = Enum.GetValues<EmotionEventKind>()
        .ToDictionary(kind => kind, kind => Tag("kind", EmotionEventJson.KindName(kind)));

    private readonly Meter _meter;
    private readonly Histogram<double> _latency;

    /// <summary>Makes the meter of a node.</summary>
    /// <param name="room">The room that each measurement is of; null: the node has no rooms.</param>
    public NodeMetrics(string? room = null)
    {
        _meter = new Meter(new MeterOptions(Name)
        {
            Version = ProductVersion.Text,
            Tags = room is null ? null : [Tag("room", room)],
        });
        _latency = _meter.CreateHistogram(
            "sernet.event.latency",
            "s",
            "From the capture of the newest sample that a decision used to the hand-over of its event.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = LatencyBounds });
    }

    /// <summary>Takes the latency of an event.</summary>
    public void Count(EmotionEvent emotionEvent) => _latency.Record(emotionEvent.LatencyMs / 1000, Kinds[emotionEvent.Kind]);

    /// <summary>Makes the instruments of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="feed">Its dashboard; null: it has none.</param>
    public void Watch(NodeView node, LiveFeed? feed)
    {
        WatchAudio(node);
        WatchWindows(node.Counters);
        WatchPublishers(node);
        if (node.Plugins.Count > 0)
        {
            WatchPlugins(node.Plugins);
        }

        WatchNode(node);
        if (feed is not null)
        {
            Gauge("sernet.dashboard.clients", "{client}", "Dashboards that are open.", () => feed.Clients);
            Counter("sernet.dashboard.dropped", "{message}", "Messages dropped because a browser was too slow.", () => feed.Dropped);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void WatchAudio(NodeView node)
    {
        var counters = node.Counters;
        Counter("sernet.audio.samples", "{sample}", "Samples received from the source, at its rate.", () => counters.SamplesIn);
        Counter("sernet.audio.muted", "{sample}", "Samples that were discarded because the node was muted.", () => counters.SamplesMuted);
        Counter("sernet.audio.invalid", "{sample}", "Samples that were no sound (not a number, infinite) and became zeros.", () => counters.SamplesInvalid);
        Counter("sernet.audio.lost", "{sample}", "Samples that should have come but were not kept.", () => counters.SamplesLost);
        Counter("sernet.audio.gaps", "{gap}", "Times that samples were lost.", () => counters.Gaps);
        Counter("sernet.audio.utterances", "{utterance}", "Utterances that began.", () => counters.Utterances);
        Gauge("sernet.audio.rate", "Hz", "Samples per second of the source.", () => node.Source.SampleRate);
        _meter.CreateObservableGauge(
            "sernet.audio.clock_drift",
            () => double.IsNaN(counters.Drift.PartsPerMillion)
                ? Array.Empty<Measurement<double>>()
                : [new Measurement<double>(counters.Drift.PartsPerMillion * 1e-6)],
            "1",
            "Share by which the source's clock is faster than this machine's; absent until it is known.");
    }

    private void WatchWindows(PipelineCounters counters)
    {
        Counter("sernet.window.cut", "{window}", "Windows cut.", () => counters.WindowsCut);
        Counters(
            "sernet.window.done",
            "{window}",
            "Windows by outcome.",
            "outcome",
            ("classified", () => counters.WindowsClassified),
            ("skipped", () => counters.WindowsSkipped),
            ("late", () => counters.WindowsLate),
            ("failed", () => counters.WindowsFailed));
        Counters(
            "sernet.result.dropped",
            "{result}",
            "Classifications that were dropped.",
            "reason",
            ("late", () => counters.ResultsLate),
            ("muted", () => counters.ResultsMuted));
        Counters(
            "sernet.event.count",
            "{event}",
            "Events handed to the publishers.",
            "kind",
            ("interim", () => counters.Interims),
            ("final", () => counters.Finals),
            ("change", () => counters.Changes));
        _meter.CreateObservableCounter(
            "sernet.stage.cpu_time",
            () => Enum.GetValues<Stage>().Select(stage => new Measurement<double>(
                counters.Costs.Seconds(stage), Tag("stage", NameOf(stage)))),
            "s",
            "Processor time that each stage has taken.");
    }

    private void WatchPublishers(NodeView node)
    {
        _meter.CreateObservableCounter(
            "sernet.publisher.events",
            () => node.Publishers.Counters.SelectMany(Outcomes),
            "{event}",
            "Events by publisher and outcome.");
        if (node.Mqtt is { } mqtt)
        {
            Gauge("sernet.mqtt.connected", "1", "Whether the broker is there: 1 or 0.", () => mqtt.IsConnected ? 1 : 0);
            Counter("sernet.mqtt.delivered", "{event}", "Events that the broker has acknowledged.", () => mqtt.Delivered);
            Counter("sernet.mqtt.dropped", "{event}", "Events dropped for newer ones while the broker was away.", () => mqtt.Dropped);
        }
    }

    private void WatchPlugins(IReadOnlyList<SupervisedPlugin> plugins)
    {
        void Counted(string name, string unit, string description, Func<PluginHealth, long> count) => _meter.CreateObservableCounter(
            name, () => plugins.Select(plugin => plugin.Health).Select(health => new Measurement<long>(count(health), Tag("plugin", health.Name))), unit, description);

        Counted("sernet.plugin.taken", "{event}", "Events that a plugin took.", health => health.Taken);
        Counted("sernet.plugin.missed", "{event}", "Events that came while a plugin was not running.", health => health.Missed);
        Counted("sernet.plugin.starts", "{start}", "Times that a plugin was started.", health => health.Starts);
        Counted("sernet.plugin.failures", "{failure}", "Times that a plugin failed.", health => health.Failures);
        _meter.CreateObservableGauge(
            "sernet.plugin.streams",
            () => plugins.Select(plugin => plugin.Health).Select(health => new Measurement<int>(health.OpenStreams, Tag("plugin", health.Name))),
            "{stream}",
            "Audio streams that a plugin has open.");
        _meter.CreateObservableGauge(
            "sernet.plugin.running",
            () => plugins.Select(plugin => plugin.Health).Select(
                health => new Measurement<int>(health.State == PluginState.Running ? 1 : 0, Tag("plugin", health.Name))),
            "1",
            "Whether a plugin runs: 1 or 0.");
    }

    private void WatchNode(NodeView node)
    {
        Gauge("sernet.muted", "1", "Whether the node is muted: 1 or 0.", () => node.Controls.Muted ? 1 : 0);
        _meter.CreateObservableGauge(
            "sernet.start_time", () => node.StartedAt.ToUnixTimeMilliseconds() / 1000.0, "s", "When the node began to listen, as Unix time.");
        var info = new Measurement<int>(
            1, Tag("node", node.Name), Tag("version", ProductVersion.Text), Tag("model", node.Model.Name), Tag("source", node.Source.Name));
        _meter.CreateObservableGauge("sernet.info", () => info, unit: null, "What runs; always 1.");
    }

    private static IEnumerable<Measurement<long>> Outcomes(PublisherCounters publisher)
    {
        var name = Tag("publisher", publisher.Name);
        yield return new Measurement<long>(publisher.Published, name, Tag("outcome", "published"));
        yield return new Measurement<long>(publisher.Dropped, name, Tag("outcome", "dropped"));
        yield return new Measurement<long>(publisher.Failed, name, Tag("outcome", "failed"));
    }

    private void Counter(string name, string unit, string description, Func<long> value) =>
        _meter.CreateObservableCounter(name, value, unit, description);

    private void Gauge(string name, string unit, string description, Func<int> value) =>
        _meter.CreateObservableGauge(name, value, unit, description);

    private void Counters(string name, string unit, string description, string tag, params (string Value, Func<long> Count)[] counts) =>
        _meter.CreateObservableCounter(
            name,
            () => counts.Select(count => new Measurement<long>(count.Count(), Tag(tag, count.Value))),
            unit,
            description);

    private static string NameOf(Stage stage) => stage switch
    {
        Stage.FrontEnd => "front_end",
        Stage.SpeechGate => "speech_gate",
        _ => stage.ToString().ToLowerInvariant(),
    };

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
