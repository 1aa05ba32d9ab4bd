using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SernetStream.Configuration;
using SernetStream.Diagnosis.Bench;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Speech;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd bench</c>: what a stream costs on this machine, and how many it holds.</summary>
internal static class BenchCommand
{
    private const double StageSeconds = 120;
    private const double LeastSeconds = 2;
    private const double MaxSeconds = 3600;

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "One JSON object instead of lines." };
        var seconds = new Option<double>("--seconds")
        {
            Description = "How long to try each number of streams, in real time.",
            HelpName = "S",
            DefaultValueFactory = _ => 10,
        };
        var command = new Command(
            "bench",
            "Measure the processor time of each stage for a second of speech and for a second of quiet, how many rooms a core has time "
            + "for, and the largest number of streams that this machine serves without skipping a window while somebody speaks in all of "
            + "them, all the time.")
        {
            json, seconds,
        };
        var options = new SettingOptions(command);
        command.SetAction((parsed, stop) => RunAsync(options.Load(parsed), parsed.GetValue(seconds), parsed.GetValue(json), stop));
        return command;
    }

    private static async Task<int> RunAsync(SettingValues settings, double seconds, bool isJson, CancellationToken stop)
    {
        if (seconds is not (>= LeastSeconds and <= MaxSeconds))
        {
            throw new CommandException(
                ExitCode.Usage, string.Create(CultureInfo.InvariantCulture, $"--seconds is '{seconds}'; it must be {LeastSeconds}..{MaxSeconds}."));
        }

        using var model = EmotionModel.Load(settings.Get(Settings.Model));
        var detectors = new SpeechDetectorFactory(settings.Get(Settings.GateDetector));
        var options = settings.Pipeline() with { DurationSeconds = null };
        var bench = new StreamBench(model, options, detectors.Create);
        var stages = await bench.MeasureStagesAsync(StageSeconds, stop).ConfigureAwait(false);
        if (!isJson)
        {
            Write(stages, options, model.Card.Name);
        }

        var trials = new List<StreamTrial>();
        var best = await bench.FindCapacityAsync(stages, seconds, Tried, stop).ConfigureAwait(false);
        if (isJson)
        {
            WriteJson(stages, model.Card.Name, trials, best);
        }
        else
        {
            Console.WriteLine(best is null
                ? "Not even one stream is served without skipping windows: take the int8 model, or lengthen windows.hop."
                : $"This machine serves {best.Streams} such streams, as busy as it is now.");
        }

        return ExitCode.Done;

        void Tried(StreamTrial trial)
        {
            trials.Add(trial);
            if (!isJson)
            {
                var outcome = trial.Holds ? "nothing missed" : $"{trial.Missed} windows skipped or late, {trial.LostSamples} samples lost";
                Console.WriteLine($"{trial.Streams,5} streams for {seconds:0} s: {outcome}, latency p99 {trial.P99Ms:0.0} ms");
            }
        }
    }

    private static void Write(StageBench stages, PipelineOptions options, string model)
    {
        Console.WriteLine($"{model}, a window every {1000 * options.HopSeconds:0} ms, {Environment.ProcessorCount} cores");
        Console.WriteLine($"{"Processor time for a second:",-30} {"of speech",11} {"share",7} {"of quiet",13} {"share",7}");
        foreach (var stage in stages.TalkingMs.Keys)
        {
            WriteRow(Name(stage), stages.TalkingMs[stage], stages.QuietMs[stage], stages);
        }

        WriteRow("together", stages.TalkingTotalMs, stages.QuietTotalMs, stages);
        Console.WriteLine($"{"  rooms that a core has time for",-30} {RoomsPerCore(stages.TalkingTotalMs),8:0} {"",7} {RoomsPerCore(stages.QuietTotalMs),16:0}");
        Console.WriteLine($"One window: {stages.WindowMs:0.00} ms; {stages.WindowsPerSecond:0.0} a second");
    }

    private static void WriteRow(string name, double talkingMs, double quietMs, StageBench stages) => Console.WriteLine(
        $"  {name,-28} {talkingMs,8:0.000} ms {talkingMs / stages.TalkingTotalMs,7:0 %} {quietMs,10:0.000} ms {quietMs / stages.QuietTotalMs,7:0 %}");

    /// <summary>By the processor time alone, if nothing else ran.</summary>
    private static double RoomsPerCore(double msPerSecond) => Math.Floor(1000 / msPerSecond);

    private static void WriteJson(StageBench stages, string model, IEnumerable<StreamTrial> trials, StreamTrial? best)
    {
        using var output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("model"u8, model);
            json.WriteNumber("cores"u8, Environment.ProcessorCount);
            WriteStages(json, "stageMsPerSecond"u8, stages.TalkingMs);
            WriteStages(json, "quietStageMsPerSecond"u8, stages.QuietMs);
            json.WriteNumber("roomsPerCore"u8, RoomsPerCore(stages.TalkingTotalMs));
            json.WriteNumber("quietRoomsPerCore"u8, RoomsPerCore(stages.QuietTotalMs));
            EmotionEventJson.WriteRounded(json, "windowMs"u8, stages.WindowMs, 3);
            EmotionEventJson.WriteRounded(json, "windowsPerSecond"u8, stages.WindowsPerSecond, 2);
            json.WriteStartArray("trials"u8);
            foreach (var trial in trials)
            {
                json.WriteStartObject();
                json.WriteNumber("streams"u8, trial.Streams);
                json.WriteBoolean("holds"u8, trial.Holds);
                json.WriteNumber("missedWindows"u8, trial.Missed);
                json.WriteNumber("lostSamples"u8, trial.LostSamples);
                EmotionEventJson.WriteRounded(json, "latencyP99Ms"u8, trial.P99Ms, 1);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteNumber("streams"u8, best?.Streams ?? 0);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteStages(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<Stage, double> stages)
    {
        json.WriteStartObject(name);
        foreach (var (stage, ms) in stages)
        {
            json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(stage.ToString()));
            json.WriteNumberValue(Math.Round(ms, 4));
        }

        json.WriteEndObject();
    }

    private static string Name(Stage stage) => stage switch
    {
        Stage.FrontEnd => "front end",
        Stage.SpeechGate => "speech gate",
        _ => stage.ToString().ToLower(CultureInfo.InvariantCulture),
    };
}
