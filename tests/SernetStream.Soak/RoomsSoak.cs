using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SernetStream.Audio;
using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Pipeline.Rooms;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Soak;

/// <summary>
/// Many rooms in one process. The daemon with one, ten and then all of them, each at another place of the same speech in real
/// time: latency, memory a further room, threads. Then rooms in this process, some of which flood, stall and die.
/// </summary>
internal static class RoomsSoak
{
    private const double Seconds = 60;
    private const int Faults = 100;

    /// <summary>The compiled program, as users install it; null: what the build made.</summary>
    private static readonly string? Native = Environment.GetEnvironmentVariable("SERNETD");

    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(double rooms, Report report)
    {
        using var folder = new TemporaryFolder();
        report.Note($"the program: {(Native is null ? "compiled as it runs (.NET); SERNETD=FILE measures a native one" : $"native, {Native}")}");
        var few = await DaemonAsync(folder, Math.Min(10, (int)rooms), report);
        var all = await DaemonAsync(folder, (int)rooms, report);
        if (rooms > 10)
        {
            report.Target("resident memory a further room", (all.Resident - few.Resident) / ((int)rooms - 10), "MB", 1.2, "0.000");
            report.Require(all.Threads <= few.Threads + 4, $"threads do not grow with rooms: {few.Threads} at 10, {all.Threads} at {rooms:0}");
        }

        await FaultsAsync(report);
    }

    /// <summary>Starts the daemon with a configuration.</summary>
    public static ChildProcess Start(string configuration) => Native is null
        ? ChildProcess.Start("dotnet", [Repository.Daemon, "--config", configuration])
        : ChildProcess.Start(Native, ["--config", configuration]);

    /// <summary>Rooms beside which others flood, stall and die say what they say without them.</summary>
    public static async Task FaultsAsync(Report report)
    {
        using var model = EmotionModel.Load(ModelCatalog.Default);
        var speech = Sounds.Loop(Sounds.Spoken, 20);
        var quiet = await GoodRoomsAsync(model, speech, (_, _) => Task.CompletedTask);
        var deaths = 0;
        var beside = await GoodRoomsAsync(model, speech, async (scheduler, over) =>
        {
            using var flooded = new PushSource("floods", Sounds.SampleRate);
            using var stalled = new PushSource("stalls", Sounds.SampleRate);
            Task[] running = [EndedAsync(Room(flooded, model, new EventList()), scheduler, over), EndedAsync(Room(stalled, model, new EventList()), scheduler, over)];
            var second = Sounds.Loop(Sounds.Spoken, 1);
            while (!over.IsCancellationRequested)
            {
                for (var i = 0; i < Math.Max(1, Faults / 10); i++)
                {
                    flooded.Write(second);
                }

                if (deaths < Faults)
                {
                    deaths += await DiesAsync(scheduler, model) ? 1 : 0;
                }

                await Task.Delay(20, CancellationToken.None);
            }

            await Task.WhenAll(running);
        });
        report.Figure("sources that died beside four rooms", deaths, "");
        report.Require(deaths == Faults, $"{Faults} sources have died");
        report.Require(quiet.Count > 0 && quiet.SequenceEqual(beside), $"the other rooms say the same as alone: {quiet.Count} events");
    }

    private static async Task<(double Resident, int Threads)> DaemonAsync(TemporaryFolder folder, int rooms, Report report)
    {
        var configuration = new StringBuilder("node: house\noutput: json\nrooms:\n");
        for (var i = 0; i < rooms; i++)
        {
            var wav = folder.PathOf($"room{i % 10}.wav");
            if (!File.Exists(wav))
            {
                // Everybody begins elsewhere, so that not all rooms have the same to do in the same moment.
                // Longer than the trial, also where the machine has no time for it.
                var speech = Sounds.Loop(Sounds.Spoken, 3 * Seconds);
                var from = i * speech.Length / 10;
                Sounds.WriteWav(wav, [.. speech[from..], .. speech[..from]]);
            }

            configuration.Append(CultureInfo.InvariantCulture, $"  room{i}:\n    device: file:{wav}\n");
        }

        var file = folder.PathOf($"rooms{rooms}.yaml");
        await File.WriteAllTextAsync(file, configuration.ToString());
        await using var daemon = Start(file);
        daemon.StandardInput.Close();
        await daemon.OutputLineAsync(_ => true);
        await Task.Delay(Settled);
        var process = daemon.Id.ToString(CultureInfo.InvariantCulture);
        var (begin, cpu) = (Stopwatch.GetTimestamp(), ProcessFigures.ProcessorSeconds(process));
        await Task.Delay(TimeSpan.FromSeconds(Seconds) - Settled - TimeSpan.FromSeconds(5));
        cpu = (ProcessFigures.ProcessorSeconds(process) - cpu) / Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var (resident, threads) = (ProcessFigures.ResidentMegabytes(process), Directory.GetDirectories($"/proc/{process}/task").Length);
        daemon.Terminate();
        var result = await daemon.ExitAsync();
        var latencies = new LatencyHistogram();
        var heard = new HashSet<string>();
        foreach (var line in result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var said = JsonDocument.Parse(line);
            heard.Add(said.RootElement.GetProperty("node").GetString()!);
            if (said.RootElement.GetProperty("kind").GetString() != "change")
            {
                latencies.Record(said.RootElement.GetProperty("latencyMs").GetDouble());
            }
        }

        report.Note($"{rooms} rooms in one process:");
        report.Figure("windows published", latencies.Count, "");
        report.Figure("latency p50", latencies.PercentileMs(0.5), "ms");
        report.Target("latency p99", latencies.PercentileMs(0.99), "ms", 100);
        report.Figure("latency max", latencies.LargestMs, "ms");
        report.Figure("processor time a second", cpu, "s", "0.000");
        report.Figure("resident memory", resident, "MB", "0.0");
        report.Figure("threads", threads, "");
        report.Require(result.ExitCode == 0, "it ends well");
        report.Require(heard.Count == rooms, $"every room is heard: {heard.Count}");
        return (resident, threads);
    }

    private static async Task<List<string>> GoodRoomsAsync(
        EmotionModel model, float[] speech, Func<RoomScheduler, CancellationToken, Task> beside)
    {
        using var scheduler = new RoomScheduler();
        using var over = new CancellationTokenSource();
        var besides = beside(scheduler, over.Token);
        var sources = Enumerable.Range(0, 4).Select(_ => new PacedSource(speech)).ToList();
        var sinks = sources.Select(_ => new EventList()).ToList();
        await Task.WhenAll(sources.Zip(sinks, (source, sink) => Room(source, model, sink).RunAsync(scheduler, CancellationToken.None)));
        await over.CancelAsync();
        await besides;
        sources.ForEach(source => source.Dispose());
        return [.. sinks.SelectMany((sink, i) => sink.Events.Select(e => string.Create(
            CultureInfo.InvariantCulture, $"{i} {e.Kind} {e.AudioStart} {e.AudioEnd} {e.Emotion} {e.Confidence}")))];
    }

    private static PipelineHost Room(IAudioSource source, EmotionModel model, IEventSink sink) =>
        new(source, model, new SileroDetector(), new PipelineOptions { LatencyBudgetSeconds = 60 }, sink);

    private static async Task EndedAsync(PipelineHost room, RoomScheduler scheduler, CancellationToken over)
    {
        try
        {
            await room.RunAsync(scheduler, over);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // As it was told to.
        }
    }

    private static async Task<bool> DiesAsync(RoomScheduler scheduler, EmotionModel model)
    {
        try
        {
            using var source = new DyingSource();
            await Room(source, model, new EventList()).RunAsync(scheduler, CancellationToken.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>
    /// Speech at the pace of a microphone, but never more at a time than is wanted: also on a machine that has no time, no
    /// window is skipped, and so two runs can be compared.
    /// </summary>
    private sealed class PacedSource(float[] samples) : IPolledSource
    {
        private readonly long _start = Stopwatch.GetTimestamp();
        private int _position;
        private bool _wasAsked;

        public string Name => "paced";

        public int SampleRate => Sounds.SampleRate;

        public bool IsLive => true;

        public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
        {
            _wasAsked = !_wasAsked;
            var due = TimeSpan.FromSeconds((double)(_position + wanted) / SampleRate) - Stopwatch.GetElapsedTime(_start);
            if (_wasAsked || due > TimeSpan.Zero)
            {
                (block, retryAfter) = (default, due > TimeSpan.Zero ? due : TimeSpan.Zero);
                return false;
            }

            (block, retryAfter) = (Read(destination, wanted, CancellationToken.None), default);
            return true;
        }

        public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
        {
            var count = Math.Min(Math.Min(destination.Length, wanted), samples.Length - _position);
            samples.AsSpan(_position, count).CopyTo(destination);
            _position += count;
            return new AudioBlock(count, Stopwatch.GetTimestamp(), 0);
        }

        public void Dispose()
        {
        }
    }

    private sealed class DyingSource : IPolledSource
    {
        public string Name => "dies";

        public int SampleRate => Sounds.SampleRate;

        public bool IsLive => true;

        public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter) => throw new IOException("It has died.");

        public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken) => throw new IOException("It has died.");

        public void Dispose()
        {
        }
    }
}
