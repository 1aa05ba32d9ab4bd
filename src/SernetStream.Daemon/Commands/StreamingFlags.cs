using System.CommandLine;
using System.Globalization;
using SernetStream.Configuration;
using SernetStream.Evaluation.Streaming;
using SernetStream.Models;
using SernetStream.Speech;

namespace SernetStream.Daemon.Commands;

/// <summary>The options of <c>sernetd evaluate</c> that say how clips are played as a stream.</summary>
internal sealed class StreamingFlags
{
    private const double LongestPause = 60;
    private const double LeastSnr = -20;
    private const double MaxSnr = 60;

    private static readonly StreamingOptions Defaults = new();

    private readonly Option<bool> _streaming = new("--streaming")
    {
        Description = "Play the clips as one stream with pauses through the whole pipeline, as fast as it goes, and score its events.",
    };

    private readonly Option<string?> _pause = new("--pause")
    {
        Description = "With --streaming: shortest and longest pause between clips, in seconds; longer than the "
            + $"{new SpeechGateOptions().MinSilenceSeconds.ToString(CultureInfo.InvariantCulture)} s that end an utterance. [default: {Text(Defaults.Pause.Min)}-{Text(Defaults.Pause.Max)}]",
        HelpName = "MIN-MAX",
    };

    private readonly Option<string?> _noise = new("--noise")
    {
        Description = "With --streaming: loop this recording, or those of this folder, under the whole stream.",
        HelpName = "FILE|DIR",
    };

    private readonly Option<double?> _snr = new("--snr")
    {
        Description = $"With --noise: how much louder speech is than the noise, in dB. [default: {Text(Defaults.SnrDb)}]",
        HelpName = "DB",
    };

    private readonly Option<int?> _seed = new("--seed")
    {
        Description = $"With --streaming: draws the order of the clips and noises and the pauses. [default: {Defaults.Seed}]",
        HelpName = "N",
    };

    private readonly Option<bool> _learn = new("--learn")
    {
        Description = "With --streaming: a model that can learn a baseline learns it from each utterance, as the daemon does with learn: session.",
    };

    private readonly Option<Sensitivity?> _sensitivity = new("--sensitivity")
    {
        Description = "With --streaming: which of the model's measured points decides, calm, normal or eager. [default: normal]",
        HelpName = "LEVEL",
    };

    private readonly Option<float?> _threshold = new("--threshold")
    {
        Description = "With --streaming: what every label must reach, as smoothing.enter says it, instead of --sensitivity.",
        HelpName = "P",
    };

    /// <summary>Gives a command the options.</summary>
    public StreamingFlags(Command command)
    {
        command.Add(_streaming);
        command.Add(_pause);
        command.Add(_noise);
        command.Add(_snr);
        command.Add(_seed);
        command.Add(_learn);
        command.Add(_sensitivity);
        command.Add(_threshold);
    }

    /// <summary>What the command line says; null: no streaming.</summary>
    /// <exception cref="CommandException">It makes no sense.</exception>
    public StreamingOptions? Read(ParseResult parsed)
    {
        if (!parsed.GetValue(_streaming))
        {
            Option[] others = [_pause, _noise, _snr, _seed, _learn, _sensitivity, _threshold];
            return others.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } useless
                ? throw new CommandException(ExitCode.Usage, $"{useless.Name} means nothing without --streaming; give both, or none.")
                : null;
        }

        var noise = parsed.GetValue(_noise);
        var snr = parsed.GetValue(_snr);
        if (noise is null && snr is not null)
        {
            throw new CommandException(ExitCode.Usage, "--snr means nothing without --noise; give both, or none.");
        }

        if (noise is not null && !File.Exists(noise) && !Directory.Exists(noise))
        {
            throw new CommandException(ExitCode.Input, $"There is no file or folder {noise}; give --noise a recording, or a folder of them.");
        }

        return new StreamingOptions
        {
            Seed = parsed.GetValue(_seed) ?? Defaults.Seed,
            Pause = parsed.GetValue(_pause) is { } pause ? ReadPause(pause) : Defaults.Pause,
            Noise = noise,
            Learns = parsed.GetValue(_learn),
            Sensitivity = parsed.GetValue(_sensitivity) ?? Defaults.Sensitivity,
            Threshold = parsed.GetValue(_threshold) is not { } threshold || threshold is > 0 and <= 1
                ? parsed.GetValue(_threshold)
                : throw new CommandException(ExitCode.Usage, $"--threshold is '{Text(threshold)}'; it must be greater than 0, at most 1."),
            SnrDb = snr is null or (>= LeastSnr and <= MaxSnr)
                ? snr ?? Defaults.SnrDb
                : throw new CommandException(ExitCode.Usage, $"--snr is '{Text(snr.Value)}'; it must be {LeastSnr}..{MaxSnr} dB."),
        };
    }

    private static (double Min, double Max) ReadPause(string text)
    {
        var least = new SpeechGateOptions().MinSilenceSeconds;
        var parts = text.Split('-', 2);
        if (TryRead(parts[0], out var min) && TryRead(parts[^1], out var max) && min > least && min <= max && max <= LongestPause)
        {
            return (min, max);
        }

        throw new CommandException(
            ExitCode.Usage,
            string.Create(
                CultureInfo.InvariantCulture,
                $"--pause is '{text}'; it must be seconds such as 2 or 1.5-4, above {least} (shorter ones do not end an utterance), at most {LongestPause}."));
    }

    private static bool TryRead(string text, out double seconds) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds);

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
