using SernetStream.Audio;
using SernetStream.Daemon.Configuration;
using SernetStream.Daemon.Telemetry;
using SernetStream.Daemon.Web;
using SernetStream.Inference;
using SernetStream.Pipeline;

namespace SernetStream.Daemon.Hosting;

/// <summary>One listening node: a source, a model, a pipeline and its publishers, from start to end.</summary>
internal sealed class Node(SettingValues settings, ILoggerFactory loggers)
{
    private readonly ILogger _log = loggers.CreateLogger("sernetd");

    /// <summary>Listens until the source ends, the duration is over, or the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var meter = new NodeMeter();
        var web = settings.Web();
        var feed = web is null ? null : new LiveFeed(web.MaxClients) { NeedsToken = web.Token is not null };
        var publishers = Publishers.Create(settings, loggers, feed, out var mqtt);
        await using (publishers.ConfigureAwait(false))
        {
            using var model = EmotionModel.Load(settings.Get(Settings.Model));
            using var detector = settings.CreateDetector();
            await publishers.StartAsync(stop.Token).ConfigureAwait(false);
            // Nobody reads the events any more (`sernetd | head -1`): the work is done.
            _ = publishers.OutputClosed.ContinueWith(
                _ => stop.Cancel(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

            // The source is opened last: from here on samples arrive.
            using var source = settings.OpenSource();
            var sink = new PublisherSink(publishers, meter, source.IsLive, stop.Token);
            var options = settings.Pipeline();
            var node = new NodeView
            {
                Name = settings.Node(),
                Model = model.Card,
                Source = source,
                Options = options,
                Pipeline = new PipelineHost(source, model, detector, options, sink) { Observer = feed?.Meter },
                Publishers = publishers,
                Mqtt = mqtt,
            };
            meter.Watch(node, feed);
            var attendance = await Attendance.StartAsync(settings, node, web, feed, loggers).ConfigureAwait(false);
            await using (attendance.ConfigureAwait(false))
            {
                await ListenAsync(node, stop.Token).ConfigureAwait(false);
            }
        }
    }

    private async Task ListenAsync(NodeView node, CancellationToken stop)
    {
        _log.LogInformation(
            "listening to {Source} at {SampleRate} Hz with {Model}, as {Node}",
            node.Source.Name, node.Source.SampleRate, node.Model.Name, node.Name);
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
            if (node.Source is FileSource { Warning: { } warning })
            {
                _log.LogWarning("{Warning}", warning);
            }

            Summarise(node.Counters, node.Source.SampleRate);
        }
    }

    private void Summarise(PipelineCounters counters, int sampleRate)
    {
        _log.LogInformation(
            "heard {Seconds:0.0} s ({LostMs:0} ms lost), {Utterances} utterances; of {Windows} windows {Classified} classified, "
            + "{Skipped} skipped, {Late} late; {Events} events, latency p50 {P50:0.0} ms, p95 {P95:0.0} ms, p99 {P99:0.0} ms, max {Max:0.0} ms",
            (double)counters.SamplesIn / sampleRate,
            1000.0 * counters.SamplesLost / sampleRate,
            counters.Utterances,
            counters.WindowsCut,
            counters.WindowsClassified,
            counters.WindowsSkipped,
            counters.WindowsLate,
            counters.Events,
            counters.Latency.PercentileMs(0.5),
            counters.Latency.PercentileMs(0.95),
            counters.Latency.PercentileMs(0.99),
            counters.Latency.LargestMs);
    }
}
