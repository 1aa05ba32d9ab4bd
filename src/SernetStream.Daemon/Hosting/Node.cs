using SernetStream.Audio;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Audio.Streams;
using SernetStream.Configuration;
using SernetStream.Daemon.Commands;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Echo;
using SernetStream.Publishing;
using SernetStream.Publishing.Output;
using SernetStream.Speech;
using SernetStream.State;
using SernetStream.Web;
using SernetStream.Web.Dashboard;
using SernetStream.Web.Health;
using SernetStream.Web.Metrics;

namespace SernetStream.Daemon.Hosting;

/// <summary>One listening node: a source, a model, a pipeline and its publishers, from start to end.</summary>
internal sealed class Node(SettingValues settings, ILoggerFactory loggers, LogThreshold threshold)
{
    private readonly ILogger _log = loggers.CreateLogger("sernetd");
    private volatile NodeView? _running;

    /// <summary>Listens until the source ends, the duration is over, or the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var meter = new NodeMetrics();

        // Loading a model cannot be cancelled, and takes a while on a small machine: a shutdown meanwhile waits for one
        // model, not for all.
        stop.Token.ThrowIfCancellationRequested();
        using var model = EmotionModel.Load(settings.Get(Settings.Model));
        var detectors = new SpeechDetectorFactory(settings.Get(Settings.GateDetector));
        using var identity = new DeviceIdentity(DeviceFolder.Default(), _log);
        var web = settings.Web();
        var feed = web is null ? null : new LiveFeed(settings.Node(), web);
        var description = new NodeDescription
        {
            Model = model.Card.Name,
            Labels = model.Card.Labels,
            ConfigurationUrl = web is { Listen.IsLoopback: false } ? new Uri(web.Address) : null,
        };
        var options = settings.Pipeline();
        var controls = new PipelineControls(options.Smoother);
        var household = Household.Begin(settings.Get(Settings.Learn), LearntFile.Of(settings.Node()), model.Card, controls, _log);
        var settable = new NodeControls(controls, threshold, model.Card.OperatingPoints) { Feedback = household };
        var plugins = NodePlugins.Load(settings, NodePlugins.Services(model, detectors, options, controls.Hold), loggers);
        var publishers = Publishers.Create(settings, plugins, feed, loggers, identity, description, settable, Health);
        await using (publishers.Host.ConfigureAwait(false))
        {
            stop.Token.ThrowIfCancellationRequested();
            using var detector = detectors.Create();
            await publishers.Host.StartAsync(stop.Token).ConfigureAwait(false);
            // No reader of the events is left (`sernetd | head -1`): the work is done.
            var done = new CancelOnCompletion(publishers.Host.OutputClosed, stop);
            await using var _ = done.ConfigureAwait(false);

            // The source is opened last: from here on samples arrive.
            var deviceLog = new DeviceLog(_log, TimeProvider.System);
            using var source = settings.OpenSource(deviceLog.Take, stop.Token);
            deviceLog.IsAwaited = source is DeviceSource { State: not DeviceState.Running };
            using var monitor = OpenMonitor(source, controls);
            var sink = new PublisherSink(publishers.Host, meter, source.IsLive, stop.Token);
            var pipeline = new PipelineHost(source, model, detector, options, sink, controls: controls)
            {
                Observer = feed?.Meter,
                Teacher = household?.Teacher,
                Monitor = monitor?.Track,
            };
            var node = new NodeView
            {
                Name = settings.Node(),
                Model = model.Card,
                Source = source,
                SourceMayPause = settings.SourceMayPause(source),
                Microphone = source is FileSource
                    ? null
                    : new MicrophoneWatch(pipeline.Counters, source.SampleRate, settings.SourceMayPause(source), TimeProvider.System),
                Options = options,
                Settings = settings,
                Doctor = stopped => DoctorCommand.LookBeside(settings, stopped),
                Pipeline = pipeline,
                Settable = settable,
                Publishers = publishers.Host,
                Mqtt = publishers.Mqtt,
                HealthChanged = publishers.Mqtt is null ? null : publishers.Mqtt.HealthChanged,
                Diary = DiaryPlace.Of(settings.Node()),
                KeepsDiary = settings.Get(Settings.DiaryKeep),
                Plugins = publishers.Plugins,
            };
            _running = node;
            // What was published before told of no node.
            node.HealthChanged?.Invoke();
            meter.Watch(node, feed);
            var attendance = await NodeMonitoring.StartAsync(settings, node, web, feed, loggers).ConfigureAwait(false);
            await using (attendance.ConfigureAwait(false))
            {
                await ListenAsync(node, stop.Token).ConfigureAwait(false);
                await publishers.Host.FinishAsync(stop.Token).ConfigureAwait(false);
            }
        }
    }

    private RoomMonitor? OpenMonitor(IAudioSource source, PipelineControls controls)
    {
        var log = loggers.CreateLogger("monitor");
        var deviceLog = new DeviceLog(log, TimeProvider.System) { IsAwaited = true };
        return settings.OpenMonitor(
            source, controls, deviceLog.Take, problem => log.LogWarning("what the speakers play is no longer heard: {Problem}", problem));
    }

    private async Task ListenAsync(NodeView node, CancellationToken stop)
    {
        var isWaiting = node.Source is DeviceSource { State: not DeviceState.Running };
        _log.LogInformation(
            "{Doing} {Source} at {SampleRate} Hz with {Model}, as {Node}",
            isWaiting ? "waiting to listen to" : "listening to", node.Source.Name, node.Source.SampleRate, node.Model.Name, node.Name);
        _ = StartupMemoryTrimmer.GiveBackAfterStartAsync(stop);
        try
        {
            await node.Pipeline.RunAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop, which is how a daemon ends.
        }
        finally
        {
            var warning = node.Source switch
            {
                FileSource file => file.Warning,
                StreamSource { Warning: { } said } => said,
                StreamSource { ChannelNote: { } note } => $"In {node.Source.Name}, {note}.",
                _ => null,
            };
            if (warning is not null)
            {
                _log.LogWarning("{Warning}", warning);
            }

            Summarise(node.Counters, node.Source.SampleRate);
        }
    }

    /// <summary>How the pipeline is doing; from any thread, also before there is one.</summary>
    private NodeHealth Health() => _running?.Health() ?? new NodeHealth();

    private void Summarise(PipelineCounters counters, int sampleRate)
    {
        _log.LogInformation(
            "heard {Seconds:0.0} s ({LostMs:0} ms lost in {Gaps} gaps), {Utterances} utterances; of {Windows} windows {Classified} classified, "
            + "{Skipped} skipped, {Late} late; {Events} events, latency p50 {P50:0.0} ms, p95 {P95:0.0} ms, p99 {P99:0.0} ms, max {Max:0.0} ms",
            (double)counters.SamplesIn / sampleRate,
            1000.0 * counters.SamplesLost / sampleRate,
            counters.Gaps,
            counters.Utterances,
            counters.WindowsCut,
            counters.WindowsClassified,
            counters.WindowsSkipped,
            counters.WindowsLate + counters.ResultsLate,
            counters.Events,
            counters.Latency.PercentileMs(0.5),
            counters.Latency.PercentileMs(0.95),
            counters.Latency.PercentileMs(0.99),
            counters.Latency.LargestMs);
        var seconds = Math.Max(1, (double)counters.SamplesIn / sampleRate);
        _log.LogDebug(
            "processor time in ms a second of audio: {Costs}; the source's clock is off by {Drift:0.0} ppm",
            string.Join(", ", Enum.GetValues<Stage>().Select(stage => $"{stage} {1000 * counters.Costs.Seconds(stage) / seconds:0.000}")),
            counters.Drift.PartsPerMillion);
    }
}
