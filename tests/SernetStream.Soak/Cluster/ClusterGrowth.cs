using System.Diagnostics;
using System.Globalization;
using SernetStream.Audio;
using SernetStream.Audio.Files;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Rooms;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Speech;

namespace SernetStream.Soak.Cluster;

/// <summary>
/// How a cluster grows: processor, memory and latency of one, two and three silos on this machine, whose cores they share; and what
/// the layer of grains costs, as the ratio to the same rooms in this process without it.
/// </summary>
internal static class ClusterGrowth
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(double seconds, Report report)
    {
        report.Note($"the silos share {Environment.ProcessorCount} cores with Redis, Mosquitto and this program");
        foreach (var (silos, rooms) in new[] { (1, 1), (1, 20), (1, 40), (2, 40), (3, 40), (3, 60) })
        {
            await MeasureAsync(silos, rooms, TimeSpan.FromSeconds(seconds), report);
        }

        var ratios = new List<double>();
        for (var run = 0; run < 3; run++)
        {
            var bare = await BareAsync(40, TimeSpan.FromSeconds(seconds));
            var grains = await MeasureAsync(1, 40, TimeSpan.FromSeconds(seconds), null);
            ratios.Add(grains / bare);
            report.Note(string.Create(CultureInfo.InvariantCulture, $"40 rooms: bare {1000 * bare / 40:0.00}, as grains {1000 * grains / 40:0.00} ms of processor a room and second"));
        }

        report.Target("processor of 40 rooms as grains, over the same without, both unpublished (median of 3)", ratios.Order().ElementAt(1), "", 1.15);
    }

    private static async Task<double> MeasureAsync(int silos, int rooms, TimeSpan time, Report? report)
    {
        await using var stage = await ClusterStage.StartAsync(silos, rooms, 0, publishes: report is not null);
        await Task.Delay(Settling);
        var processes = stage.Silos.Select(silo => silo.Process.Id.ToString(CultureInfo.InvariantCulture)).ToList();
        var before = processes.Sum(ProcessFigures.ProcessorSeconds);
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(time);
        var processor = (processes.Sum(ProcessFigures.ProcessorSeconds) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (report is not null)
        {
            var latencies = new List<double>();
            var (cut, missed) = (0L, 0L);
            foreach (var silo in stage.Silos)
            {
                foreach (var room in await silo.RoomsAsync())
                {
                    latencies.Add(room.GetProperty("latencyP99Ms").GetDouble());
                    cut += room.GetProperty("cut").GetInt64();
                    missed += room.GetProperty("skipped").GetInt64() + room.GetProperty("late").GetInt64();
                }
            }

            latencies.Sort();
            report.Note(string.Create(
                CultureInfo.InvariantCulture,
                $"{silos} silos, {rooms} rooms: {100 * processor:0}% of a core, {processes.Sum(ProcessFigures.ResidentMegabytes):0} MB, "
                + $"p99 of a room {latencies[latencies.Count / 2]:0.0} ms (median), {latencies[^1]:0.0} ms (worst); missed {missed} of {cut} windows"));
        }

        return processor;
    }

    /// <summary>The same rooms, stepped by the same scheduler in this process.</summary>
    private static async Task<double> BareAsync(int rooms, TimeSpan time)
    {
        using var folder = new Testing.TemporaryFolder();
        var path = folder.PathOf("speech.wav");
        Sounds.WriteWav(path, ClusterStage.Speech());
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var scheduler = new RoomScheduler();
        using var stop = new CancellationTokenSource();
        var options = new PipelineOptions { Learns = true, Smoother = SmootherOptions.For(model.Card) };
        var running = Enumerable.Range(0, rooms).Select(i => Task.Run(async () =>
        {
            using var source = FileSource.Open(path, PlaybackSpeed.RealTime);
            using var detector = new SileroDetector();
            var pipeline = new PipelineHost(source, model, detector, options with { Node = $"room{i}" }, new Nowhere()) { Memory = model.CreateMemory() };
            await pipeline.RunAsync(scheduler, stop.Token);
        })).ToList();
        await Task.Delay(Settling);
        var before = Environment.CpuUsage.TotalTime;
        var began = Stopwatch.GetTimestamp();
        await Task.Delay(time);
        var processor = (Environment.CpuUsage.TotalTime - before) / Stopwatch.GetElapsedTime(began);
        await stop.CancelAsync();
        await Task.WhenAll(running).ContinueWith(_ => { }, TaskScheduler.Default);
        return processor;
    }

    private sealed class Nowhere : IEventSink
    {
        public ValueTask PublishAsync(EmotionEvent emotionEvent) => ValueTask.CompletedTask;

        public ValueTask PublishSpeechAsync(bool speaking) => ValueTask.CompletedTask;
    }
}
