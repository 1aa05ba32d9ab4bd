using System.Diagnostics;
using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Rooms;
using SernetStream.Speech;

namespace SernetStream.Diagnosis.Bench;

/// <summary>What one second of a room costs here.</summary>
/// <param name="TalkingMs">Processor milliseconds of each stage, for a second in which somebody speaks.</param>
/// <param name="QuietMs">The same, for a second in which nobody does.</param>
/// <param name="WindowMs">Processor milliseconds of one run of the model.</param>
/// <param name="WindowsPerSecond">How many windows a second of speech makes.</param>
internal sealed record StageBench(
    IReadOnlyDictionary<Stage, double> TalkingMs, IReadOnlyDictionary<Stage, double> QuietMs, double WindowMs, double WindowsPerSecond)
{
    /// <summary>All stages together, for a second of speech.</summary>
    public double TalkingTotalMs => TalkingMs.Values.Sum();

    /// <summary>All stages together, for a second of quiet.</summary>
    public double QuietTotalMs => QuietMs.Values.Sum();
}

/// <summary>The result of so many streams, in parallel and in real time.</summary>
/// <param name="Streams">How many.</param>
/// <param name="Missed">Windows that were skipped or late.</param>
/// <param name="LostSamples">Samples that no longer fitted.</param>
/// <param name="P99Ms">The latency that 99 of 100 events kept to, in the worst stream.</param>
internal sealed record StreamTrial(int Streams, long Missed, long LostSamples, double P99Ms)
{
    /// <summary>Whether all of them were served.</summary>
    public bool Holds => Missed == 0 && LostSamples == 0;
}

/// <summary>Measures the pipeline on this machine, while everybody speaks without a pause and while nobody does.</summary>
/// <param name="model">The model, shared by all streams.</param>
/// <param name="options">How they listen and judge.</param>
/// <param name="detectorOf">Makes the speech detector of a stream.</param>
internal sealed class StreamBench(EmotionModel model, PipelineOptions options, Func<ISpeechDetector> detectorOf)
{
    private const int MaxStreams = 4096;
    private const int MaxTrials = 6;
    private const int BlocksPerSecond = 50;

    // What is left for the rest of the machine in the first guess.
    private const double Headroom = 0.85;

    private static readonly float[] Signal = TestSignal.Make(20);
    private static readonly float[] Quiet = TestSignal.MakeQuiet(20);

    /// <summary>The cost of each stage, from so many seconds of speech and as many of quiet, at full speed.</summary>
    public async Task<StageBench> MeasureStagesAsync(double seconds, CancellationToken stop)
    {
        // Once for the compiler.
        await RunAsync(Signal, isAlwaysOpen: true, 5, stop).ConfigureAwait(false);
        var talking = await RunAsync(Signal, isAlwaysOpen: true, seconds, stop).ConfigureAwait(false);
        var quiet = await RunAsync(Quiet, isAlwaysOpen: false, seconds, stop).ConfigureAwait(false);
        return new StageBench(
            CostsOf(talking, seconds),
            CostsOf(quiet, seconds),
            1000 * talking.Costs.Seconds(Stage.Classifier) / Math.Max(1, talking.WindowsClassified),
            talking.WindowsClassified / seconds);
    }

    /// <summary>
    /// The largest number of streams for which nothing was skipped, late or lost: estimated from the costs, then tested
    /// in real time, and found by bisection.
    /// </summary>
    /// <param name="stages">What was measured.</param>
    /// <param name="seconds">How long a trial takes.</param>
    /// <param name="tried">Called after each trial.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The best trial that held; null if not even one stream does.</returns>
    public async Task<StreamTrial?> FindCapacityAsync(
        StageBench stages, double seconds, Action<StreamTrial> tried, CancellationToken stop)
    {
        var guess = Environment.ProcessorCount * 1000 * Headroom / stages.TalkingTotalMs;
        var (streams, fails) = ((int)Math.Clamp(guess, 1, MaxStreams), MaxStreams + 1);
        StreamTrial? best = null;
        for (var i = 0; i < MaxTrials && streams > (best?.Streams ?? 0) && streams < fails; i++)
        {
            var trial = await TryAsync(streams, seconds, stop).ConfigureAwait(false);
            tried(trial);
            if (trial.Holds)
            {
                best = trial;
                streams = fails > MaxStreams ? Math.Min(MaxStreams, Math.Max(streams + 1, (int)(streams * 1.25))) : (streams + fails) / 2;
            }
            else
            {
                fails = streams;
                streams = best is null ? streams / 2 : (best.Streams + streams) / 2;
            }
        }

        return best;
    }

    private static Dictionary<Stage, double> CostsOf(PipelineCounters counters, double seconds) =>
        Enum.GetValues<Stage>().ToDictionary(stage => stage, stage => 1000 * counters.Costs.Seconds(stage) / seconds);

    private async Task<PipelineCounters> RunAsync(float[] signal, bool isAlwaysOpen, double seconds, CancellationToken stop)
    {
        using var detector = isAlwaysOpen ? new AlwaysOpenGate(detectorOf()) : detectorOf();
        using var source = new SignalSource(signal, TestSignal.SampleRate, seconds);
        var pipeline = new PipelineHost(source, model, detector, options, new NoSink());
        await pipeline.RunAsync(stop).ConfigureAwait(false);
        return pipeline.Counters;
    }

    private async Task<StreamTrial> TryAsync(int streams, double seconds, CancellationToken stop)
    {
        var sources = Enumerable.Range(0, streams)
            .Select(i => new PushSource($"stream {i}", TestSignal.SampleRate)).ToArray();
        var detectors = sources.Select(_ => new AlwaysOpenGate(detectorOf())).ToArray();
        try
        {
            var hosts = sources.Zip(detectors)
                .Select(pair => new PipelineHost(pair.First, model, pair.Second, options, new NoSink())).ToArray();
            // As rooms of one process: a few threads step them all.
            using var scheduler = new RoomScheduler();
            var running = hosts.Select(host => host.RunAsync(scheduler, stop)).ToArray();
            await FillAsync(sources, seconds, stop).ConfigureAwait(false);
            await Task.WhenAll(running).ConfigureAwait(false);
            return new StreamTrial(
                streams,
                hosts.Sum(host => host.Counters.WindowsSkipped + host.Counters.WindowsLate + host.Counters.ResultsLate),
                hosts.Sum(host => host.Counters.SamplesLost),
                hosts.Max(host => host.Counters.Latency.PercentileMs(0.99)));
        }
        finally
        {
            foreach (var (source, detector) in sources.Zip(detectors))
            {
                source.Dispose();
                detector.Dispose();
            }
        }
    }

    /// <summary>Fills all sources at the pace of a microphone; they begin one after the other within a hop, as rooms do.</summary>
    private async Task FillAsync(PushSource[] sources, double seconds, CancellationToken stop)
    {
        var block = TestSignal.SampleRate / BlocksPerSecond;
        var filled = new long[sources.Length];
        var began = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / BlocksPerSecond));
        while (Stopwatch.GetElapsedTime(began).TotalSeconds is var now && now < seconds)
        {
            for (var i = 0; i < sources.Length; i++)
            {
                var due = (long)((now - (options.HopSeconds * i / sources.Length)) * BlocksPerSecond);
                for (; filled[i] < due; filled[i]++)
                {
                    var at = (int)(filled[i] * block % (Signal.Length - block));
                    sources[i].Write(Signal.AsSpan(at, block));
                }
            }

            await timer.WaitForNextTickAsync(stop).ConfigureAwait(false);
        }

        foreach (var source in sources)
        {
            source.Complete();
        }
    }
}
