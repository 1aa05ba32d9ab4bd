using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Publishing;
using SernetStream.Speech;

namespace SernetStream.Soak;

/// <summary>
/// A day of speech, noise and silence at full speed, through to a publisher. Every sample and window is accounted for, and
/// memory does not grow after the first hour.
/// </summary>
internal static class DaySoak
{
    private const double MaxGrowth = 0.05;

    public static async Task RunAsync(double hours, Report report)
    {
        var length = (long)(hours * 3600 * Sounds.SampleRate);
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var detector = new SileroDetector();
        var counter = new CountingPublisher();
        var publishers = new PublisherHost([counter], NullLogger.Instance);
        await publishers.StartAsync(CancellationToken.None);

        // After the first hour, or after a quarter of a run shorter than four hours.
        var settled = Math.Min(length / 4, 3600L * Sounds.SampleRate);
        var (first, next, allocated) = (0.0, 0L, 0L);
        using var source = new LoopSource([Sounds.Spoken, Sounds.Pink(20), Sounds.Silence(15), Sounds.White(10)], length)
        {
            Progress = delivered =>
            {
                if (delivered >= next)
                {
                    report.Figure($"resident memory after {delivered / 3600.0 / Sounds.SampleRate:0.##} h", ProcessFigures.ResidentMegabytes(), "MB");
                    next += Math.Max(length / 8, 1);
                }

                if (first == 0 && delivered >= settled)
                {
                    (first, allocated) = (ProcessFigures.ResidentMegabytes(), GC.GetTotalAllocatedBytes());
                }
            },
        };
        var options = new PipelineOptions { Smoother = SmootherOptions.For(model.Card) };
        var host = new PipelineHost(source, model, detector, options, new HostSink(publishers));
        var watch = Stopwatch.StartNew();
        await host.RunAsync(CancellationToken.None);
        var elapsed = watch.Elapsed;
        var last = ProcessFigures.ResidentMegabytes();
        await publishers.DisposeAsync();

        var counters = host.Counters;
        report.Figure("real time", hours * 3600 / elapsed.TotalSeconds, "times faster", "0");
        report.Figure("resident memory once settled", first, "MB");
        report.Figure("resident memory at the end", last, "MB");
        report.Figure("managed bytes allocated", (GC.GetTotalAllocatedBytes() - allocated) / 1e6 * 3600 * Sounds.SampleRate / (length - settled), "MB an hour of audio");
        report.Figure("collections of the youngest generation", GC.CollectionCount(0), "");
        foreach (var stage in Enum.GetValues<Stage>())
        {
            report.Figure($"processor time of {stage}", 1e3 * counters.Costs.Seconds(stage) / (hours * 3600), "ms a second of audio", "0.000");
        }

        report.Figure("utterances", counters.Utterances, "");
        report.Figure("windows cut", counters.WindowsCut, "");
        report.Figure("events", counters.Events, "");
        report.Require(counters.SamplesIn == length, $"samples in are those of the source: {counters.SamplesIn} of {length}");
        report.Require(
            (counters.SamplesLost, counters.WindowsSkipped, counters.WindowsLate, counters.ResultsLate) == (0, 0, 0, 0),
            "a source that waits loses, skips and delays nothing");
        report.Require(counters.WindowsClassified == counters.WindowsCut, $"windows classified are those cut: {counters.WindowsClassified}");
        report.Require(counters.Imbalances().Count == 0, $"the sums come out {string.Join(' ', counters.Imbalances())}");
        report.Require(counter.Count == counters.Events, $"events published are those handed over: {counter.Count}");
        report.Require(counters.Finals == counters.Utterances, $"each utterance has its final: {counters.Finals}");
        if (hours >= 1)
        {
            // In a shorter run, most of the growth is compiled and loaded code.
            report.Require(last <= first * (1 + MaxGrowth), $"memory at the end is within 5 % of that once settled: {100 * ((last / first) - 1):+0.0;-0.0} %");
        }
    }

    private sealed class CountingPublisher : IEventPublisher
    {
        public long Count { get; private set; }

        public string Name => "count";

        public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
        {
            Count++;
            return ValueTask.CompletedTask;
        }

        public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class HostSink(PublisherHost publishers) : IEventSink
    {
        public ValueTask PublishAsync(EmotionEvent emotionEvent) => publishers.PublishAsync(emotionEvent, CancellationToken.None);

        public ValueTask PublishSpeechAsync(bool speaking) => publishers.PublishSpeechAsync(speaking, CancellationToken.None);
    }
}
