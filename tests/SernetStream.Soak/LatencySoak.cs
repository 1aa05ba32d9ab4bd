using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using SernetStream.Audio;
using SernetStream.Audio.Files;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// The daemon, as its own process, hears a file in real time: latency, processor time, memory, time to the first window. A
/// pipeline in this process hears the same file, for the cost of each stage.
/// </summary>
internal static class LatencySoak
{
    public static async Task RunAsync(double minutes, Report report)
    {
        using var folder = new TemporaryFolder();
        var wav = folder.PathOf("spoken.wav");
        var seconds = minutes * 60;
        Sounds.WriteWav(wav, Sounds.Loop(Sounds.Spoken, seconds));
        await DaemonAsync(wav, seconds, report);
        await StagesAsync(wav, Math.Min(seconds, 120), report);
    }

    private static async Task DaemonAsync(string wav, double seconds, Report report)
    {
        var start = Stopwatch.GetTimestamp();
        await using var daemon = ChildProcess.Start("dotnet", [Repository.Daemon, "--device", $"file:{wav}", "--output", "json"]);
        daemon.StandardInput.Close();
        await daemon.OutputLineAsync(_ => true);
        var firstAfter = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var process = daemon.Id.ToString(CultureInfo.InvariantCulture);
        var (begin, cpuAtBegin) = (Stopwatch.GetTimestamp(), ProcessFigures.ProcessorSeconds(process));
        var (cpu, at, resident, peak) = (cpuAtBegin, begin, 0.0, 0.0);

        // The last reading is a moment before the daemon ends.
        while (seconds - 1 - Stopwatch.GetElapsedTime(start).TotalSeconds is > 0 and var left && !daemon.HasExited)
        {
            await Task.Delay(TimeSpan.FromSeconds(Math.Min(5, left)));
            (cpu, at) = (ProcessFigures.ProcessorSeconds(process), Stopwatch.GetTimestamp());
            (resident, peak) = (ProcessFigures.ResidentMegabytes(process), ProcessFigures.PeakMegabytes(process));
        }

        var result = await daemon.ExitAsync();
        var events = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var latencies = new LatencyHistogram();
        foreach (var judged in events.Where(e => e.GetProperty("kind").GetString() != "change"))
        {
            latencies.Record(judged.GetProperty("latencyMs").GetDouble());
        }

        report.Note("the daemon:");
        report.Figure("windows published", latencies.Count, "");
        report.Figure("latency p50, newest sample to event", latencies.PercentileMs(0.5), "ms");
        report.Figure("latency p95", latencies.PercentileMs(0.95), "ms");
        report.Target("latency p99", latencies.PercentileMs(0.99), "ms", 20);
        report.Figure("latency max", latencies.LargestMs, "ms");
        report.Target(
            "processor time",
            (cpu - cpuAtBegin) / Stopwatch.GetElapsedTime(begin, at).TotalSeconds,
            "s a second of audio",
            0.01,
            "0.0000");
        report.Figure("processor time until the first window", cpuAtBegin, "s");
        report.Target("resident memory", resident, "MB", 120, "0.0");
        report.Figure("resident memory, most ever", peak, "MB", "0.0");
        report.Target("start to first window, beyond the window itself", firstAfter - events[0].GetProperty("audioEnd").GetDouble(), "s", 1);
        report.Require(result.ExitCode == 0, "it ends well");
        report.Require(
            events.Select((e, i) => e.GetProperty("sequence").GetInt64() == i + 1).All(isNext => isNext), "no event is missing");
    }

    private static async Task StagesAsync(string wav, double seconds, Report report)
    {
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var detector = new SileroDetector();
        using var source = FileSource.Open(wav, PlaybackSpeed.RealTime);
        var options = new PipelineOptions { DurationSeconds = seconds };
        var (events, allocated) = (0, 0L);
        var host = new PipelineHost(source, model, detector, options, new EventList());
        var running = host.RunAsync(CancellationToken.None);
        await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(seconds / 2)));
        (events, allocated) = ((int)host.Counters.Events, GC.GetTotalAllocatedBytes(precise: true));
        await running;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        events = (int)host.Counters.Events - events;

        report.Note("a pipeline of the same, each stage by the clock of its thread:");
        foreach (var stage in Enum.GetValues<Stage>())
        {
            report.Figure($"processor time of {stage}", 1e3 * host.Counters.Costs.Seconds(stage) / seconds, "ms a second of audio", "0.000");
        }

        report.Figure("managed bytes an event, from capture to sink", (double)allocated / Math.Max(1, events), "B", "0");
        report.Figure("drift of the file's clock", host.Counters.Drift.PartsPerMillion, "ppm");
        report.Require(host.Counters.Imbalances().Count == 0, $"the sums come out {string.Join(' ', host.Counters.Imbalances())}");
    }
}
