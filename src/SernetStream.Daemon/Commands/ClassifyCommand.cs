using System.CommandLine;
using System.Text;
using SernetStream.Audio.Files;
using SernetStream.Configuration;
using SernetStream.Evaluation.Plots;
using SernetStream.Models;
using SernetStream.Pipeline.Recordings;
using SernetStream.Reports;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd classify FILE…</c>: what is said in recordings, as <c>run</c> hears it: a line a file or an utterance.</summary>
internal static class ClassifyCommand
{
    /// <summary>What was asked for.</summary>
    private sealed record Request(string[] Files, string Model)
    {
        public bool InTurn { get; init; }

        public bool Middle { get; init; }

        public bool Timeline { get; init; }

        public string? Plot { get; init; }

        public PredictionFormat Format { get; init; }
    }

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Audio files: WAV, FLAC, Ogg, … of any length, rate and number of channels.",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = CommandLine.ModelOption();
        var format = new Option<PredictionFormat>("--format", "-f") { Description = "How to print: text, json or csv.", HelpName = "FORMAT" };
        format.CompletionSources.Clear();
        format.CompletionSources.Add("text", "json", "csv");
        var inTurn = new Option<bool>("--in-turn")
        {
            Description = "The files were recorded by one microphone, one after the other: a model that can learn a baseline learns it from "
                + "each, as sernetd run does with learn: session. Without this option, each file is judged by itself.",
        };
        var middle = new Option<bool>("--middle")
        {
            Description = "Classify only the middle of each file, one segment of the model, whether somebody speaks or not, as papers do.",
        };
        var timeline = new Option<bool>("--timeline") { Description = "Print a line for each utterance instead of one for each file." };
        var plot = new Option<string?>("--plot")
        {
            Description = "Draw the mood over time of a single file into this file (SVG).",
            HelpName = "SVG",
        };
        var command = new Command(
            "classify",
            "Classify all speech in each file. The answer is unknown where the model's card says that the model is not sure "
            + "enough, and none where nobody speaks. A file that cannot be read is named on standard error, the others are still "
            + "classified, and the exit code is 3.")
        {
            files, model, timeline, plot, middle, inTurn, format,
        };
        command.SetAction((parsed, stop) => Task.FromResult(Run(
            new Request(parsed.GetRequiredValue(files), parsed.GetRequiredValue(model))
            {
                InTurn = parsed.GetValue(inTurn),
                Middle = parsed.GetValue(middle),
                Timeline = parsed.GetValue(timeline),
                Plot = parsed.GetValue(plot),
                Format = parsed.GetValue(format),
            },
            stop)));
        return command;
    }

    private static int Run(Request request, CancellationToken stop)
    {
        using var model = EmotionModel.Load(request.Model);
        Check(request, model.Card);
        using var judge = new RecordingPredictor(model, request.InTurn, request.Middle);
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };
        var text = new PredictionText(model.Card, request.Format, request.Timeline);
        if (text.Header is { } header)
        {
            output.WriteLine(header);
        }

        var exitCode = ExitCode.Done;
        List<UtterancePrediction> toDraw = [];
        using var progress = ConsoleProgress.Start(request.Files.Length, "files");
        foreach (var file in request.Files)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                var judgement = judge.Judge(file, Hear, stop);
                if (!request.Timeline)
                {
                    progress.WriteLine(output, text.Line(judgement));
                }

                if (request.Plot is { } plot)
                {
                    PictureFile.Write(plot, EmotionPlot.Draw(Path.GetFileName(file), model.Card.Labels, judgement, toDraw));
                }
            }
            catch (AudioFileException error) when (error.Error != AudioFileError.LibraryMissing)
            {
                progress.Clear();
                exitCode = Failure.Report(error);
            }

            progress.Step();
        }

        return exitCode;

        void Hear(UtterancePrediction utterance)
        {
            if (request.Timeline)
            {
                progress.WriteLine(output, text.Line(utterance));
            }

            if (request.Plot is not null)
            {
                toDraw.Add(utterance);
            }
        }
    }

    private static void Check(Request request, ModelCard card)
    {
        var wrong = request.InTurn && card.Adaptation is null
                ? $"{card.Name} learns no baseline, so --in-turn would change nothing; leave it out."
            : request.Middle && request.Timeline ? "--middle classifies one piece of each file, which has no timeline; leave one of the two out."
            : request.Middle && request.Plot is not null ? "--middle classifies one piece of each file, which gives no picture; leave one of the two out."
            : request.Plot is not null && request.Files.Length > 1 ? "--plot draws a single file; name one."
            : !request.Middle && !RecordingListener.CanListen(card)
                ? $"{card.Name} works at {card.FrontEnd.SampleRate} Hz and cannot listen to a stream; judge the middle of each file: --middle"
            : null;
        if (wrong is not null)
        {
            throw new CommandException(ExitCode.Usage, wrong);
        }
    }
}
