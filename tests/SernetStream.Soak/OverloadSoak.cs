using SernetStream.Audio;
using SernetStream.Audio.Files;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// A model that takes twice the hop, in real time. No published result is later than a hop plus the budget, and every
/// unpublished window has a reason.
/// </summary>
internal static class OverloadSoak
{
    public static async Task RunAsync(double seconds, double hop, Report report)
    {
        using var folder = new TemporaryFolder();
        var wav = folder.PathOf("spoken.wav");
        Sounds.WriteWav(wav, Sounds.Loop(Sounds.Spoken, seconds));
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var detector = new SileroDetector();
        using var source = FileSource.Open(wav, PlaybackSpeed.RealTime);
        using var never = new ManualResetEventSlim();
        var options = new PipelineOptions { HopSeconds = hop, LatencyBudgetSeconds = 2 * hop };
        var sink = new EventList();
        var host = new PipelineHost(source, model, detector, options, sink)
        {
            BeforeClassification = () => never.Wait(TimeSpan.FromSeconds(2 * hop)),
        };
        await host.RunAsync(CancellationToken.None);

        var counters = host.Counters;
        var limit = 1000 * (hop + options.LatencyBudgetSeconds);
        var judged = sink.Events.Where(e => e.Kind != EmotionEventKind.Change || e.Emotion != EmotionLabel.None).ToList();
        report.Figure("hop", 1000 * hop, "ms");
        report.Figure("budget", 1000 * options.LatencyBudgetSeconds, "ms");
        report.Figure("windows cut", counters.WindowsCut, "");
        report.Figure("  skipped: a newer one came", counters.WindowsSkipped, "");
        report.Figure("  late: too old when their turn came", counters.WindowsLate, "");
        report.Figure("  classified, then too old to be published", counters.ResultsLate, "");
        report.Figure("  published", counters.Interims + counters.Finals, "");
        report.Figure("latency p50", counters.Latency.PercentileMs(0.5), "ms");
        report.Figure("latency p99", counters.Latency.PercentileMs(0.99), "ms");
        report.Figure("latency max", counters.Latency.LargestMs, "ms");
        report.Require(judged.Count > 0 && judged.Max(e => e.LatencyMs) <= limit + 5, $"nothing is published later than a hop and the budget, {limit:0} ms");
        report.Require(counters.WindowsSkipped > 0, "windows had to be skipped");
        report.Require(counters.Interims + counters.Finals > 0, "there is something to publish all the same");
        report.Require(counters.Imbalances().Count == 0, $"the sums come out {string.Join(' ', counters.Imbalances())}");
        report.Require(counters.SamplesLost == 0, "no sample is lost");
    }
}
