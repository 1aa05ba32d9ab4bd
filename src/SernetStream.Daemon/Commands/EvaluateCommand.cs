using System.CommandLine;
using System.Text;
using SernetStream.Configuration;
using SernetStream.Evaluation.AtHome;
using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Plots;
using SernetStream.Evaluation.Reports;
using SernetStream.Evaluation.Scores;
using SernetStream.Evaluation.Streaming;
using SernetStream.Models;
using SernetStream.Reports;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd evaluate DATASET DIR</c>: how right a model is on recordings whose emotions are known.</summary>
internal static class EvaluateCommand
{
    /// <summary>What was asked for.</summary>
    private sealed record Request(string Dataset, string Folder, string Model)
    {
        public string[] Speakers { get; init; } = [];

        /// <summary>How many speakers share a microphone; null: each clip is heard by itself.</summary>
        public int? Home { get; init; }

        /// <summary>Folders of ordinary speech.</summary>
        public string[] Everyday { get; init; } = [];

        /// <summary>Whether it is judged in homes.</summary>
        public bool AtHome { get; init; }

        /// <summary>Where the curve of recall goes; null: nowhere.</summary>
        public string? PlotRecall { get; init; }

        public bool IsJson { get; init; }

        public string? Plot { get; init; }

        public string? PlotReliability { get; init; }

        /// <summary>How to play the clips as a stream; null: they are classified one by one.</summary>
        public StreamingOptions? Streaming { get; init; }
    }

    public static Command Create()
    {
        var (dataset, folder) = (DatasetArgument(), FolderArgument());
        var model = CommandLine.ModelOption();
        var speakers = new Option<string[]>("--speaker")
        {
            Description = "Only the clips of this speaker, such as one that the model has not heard. May be given more than once.",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = false,
        };
        var home = new Option<int?>("--home")
        {
            Description = "Play the clips as in a home where so many speakers share a microphone, in turn: a model that can "
                + "learn a baseline learns it from each. Without this option, each clip is heard by itself.",
            HelpName = "PEOPLE",
        };
        var everyday = new Option<string[]>("--everyday")
        {
            Description = "A folder of ordinary speech, without emotion: print how often it gets one, and how many emotions of the "
                + "data set are recognised where 1, 2, 5 and 10 in 100 do. Half of the files are for the test; their names decide. With --streaming "
                + "they are a stream of their own, and may be several folders: each keeps the rate.",
            HelpName = "DIR",
            AllowMultipleArgumentsPerToken = false,
        };
        var atHome = new Option<bool>("--at-home")
        {
            Description = "Judge it as a house is: by itself and in homes of 1, 2 and 4, where emotions are balanced, where one lasts, and where "
                + "most is neutral. With --everyday, also the recall that 5 false emotions in 100 leave. With --streaming, through the whole "
                + "pipeline, each home as a stream, at the threshold of --sensitivity.",
        };
        var recall = new Option<string?>("--plot-recall")
        {
            Description = "With --at-home and --everyday: draw recall by false emotions into this file (SVG).",
            HelpName = "FILE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var plot = new Option<string?>("--plot") { Description = "Draw the confusion matrix into this file (SVG).", HelpName = "FILE" };
        var reliability = new Option<string?>("--plot-reliability")
        {
            Description = "Draw accuracy by confidence into this file (SVG).",
            HelpName = "FILE",
        };
        var command = new Command(
            "evaluate",
            "Measure a model on a data set: unweighted and weighted accuracy, macro F1, the confusion matrix, and how well its "
            + "confidence fits its accuracy. A file that is missing or cannot be read is named on standard error and left out, and the exit code is 3.")
        {
            dataset, folder, model, speakers, home, everyday, atHome, recall, json, plot, reliability,
        };
        var streaming = new StreamingFlags(command);
        command.SetAction((parsed, stop) => RunAsync(
            new Request(parsed.GetRequiredValue(dataset), parsed.GetRequiredValue(folder), parsed.GetRequiredValue(model))
            {
                Speakers = parsed.GetValue(speakers) ?? [],
                Home = parsed.GetValue(home),
                Everyday = parsed.GetValue(everyday) ?? [],
                AtHome = parsed.GetValue(atHome),
                PlotRecall = parsed.GetValue(recall),
                IsJson = parsed.GetValue(json),
                Plot = parsed.GetValue(plot),
                PlotReliability = parsed.GetValue(reliability),
                Streaming = streaming.Read(parsed),
            },
            stop));
        return command;
    }

    internal static Argument<string> DatasetArgument() => new("DATASET")
    {
        Description = $"The layout of the folder: {string.Join(", ", EmotionCorpus.Names)}. A folder with a labels.csv "
            + "(file, label, speaker, sentence) is read by that table instead.",
    };

    internal static Argument<string> FolderArgument() => new("DIR") { Description = "The folder of the data set." };

    private static async Task<int> RunAsync(Request request, CancellationToken stop)
    {
        var missing = ExitCode.Done;
        var whole = EmotionCorpus.Read(request.Dataset, request.Folder, fault => missing = Failure.Report(fault));
        if (whole.Clips.Count == 0)
        {
            return missing;
        }

        var corpus = whole.Of(request.Speakers);
        using var model = EmotionModel.Load(request.Model);
        CheckHome(request, model.Card);
        CheckSensitivity(request, model.Card);
        CheckAtHome(request);
        var ordinary = Ordinary(request, model.Card);
        var evaluation = new ModelEvaluation(model.Card.Labels, model.Card.Unknown)
        {
            FalseEmotions = ordinary is not [] && request.Streaming is null ? new FalseEmotions(model.Card.Labels, model.Card.Unknown) : null,
        };
        var clips = corpus.Clips.Where(evaluation.Knows).ToList();
        if (clips.Count == 0)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"{model.Card.Name} knows none of the emotions of {corpus.Name}; it tells {string.Join(", ", model.Card.Labels)} apart.");
        }

        var run = new EvaluationRun(corpus, model, evaluation) { Missing = missing };
        if (request.AtHome)
        {
            return await AtHomeAsync(request, run, corpus, clips, ordinary.SingleOrDefault(), model, stop).ConfigureAwait(false);
        }

        HeardStream? stream = null;
        List<HeardStream> ordinaryStreams = [];
        if (request.Streaming is { } options)
        {
            stream = await run.StreamAsync(clips, options, stop).ConfigureAwait(false);
            foreach (var kind in ordinary)
            {
                ordinaryStreams.Add(await StreamOrdinaryAsync(kind, model, options, run, stop).ConfigureAwait(false));
            }
        }
        else
        {
            var homes = request.Home is { } people ? Home.Of(clips, people) : [.. clips.Select(clip => new Home([clip]))];
            run.Hear(homes, stop);
            run.HearOrdinary(ordinary.SingleOrDefault(), stop);
        }

        if (evaluation.Confusion.Total == 0)
        {
            throw new CommandException(ExitCode.Input, $"None of the {clips.Count} files of {corpus.Name} could be read.");
        }

        var audit = new AuditReport(corpus.Name, run.Audit, run.Unread.Count);
        var report = stream is null
            ? (IReport)new EvaluationReport(model.Card, corpus, evaluation, run.Unread.Count, audit)
            : new StreamingReport(model.Card, corpus, evaluation, run.Unread.Count, stream, request.Streaming!, audit, ordinaryStreams);
        using (var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)))
        {
            await output.WriteAsync(request.IsJson ? report.ToJson() : report.ToText()).ConfigureAwait(false);
        }

        var title = $"{model.Card.Name} on {corpus.Name}{(stream is null ? "" : ", streamed")}";
        Draw(request, title, stream?.Score.Confusion ?? evaluation.Confusion, evaluation.Certainty);
        return run.Outcome;
    }

    private static async Task<int> AtHomeAsync(
        Request request, EvaluationRun run, EmotionCorpus corpus, List<LabelledClip> clips, EmotionCorpus? ordinary, EmotionModel model, CancellationToken stop)
    {
        var judged = clips.Where(clip => AtHomeTrial.Judged.Contains(clip.Label)).ToList();
        if (AtHomeTrial.Judged.FirstOrDefault(label => !judged.Exists(clip => clip.Label == label)) is { } absent)
        {
            throw new CommandException(
                ExitCode.Usage, $"{model.Card.Name} and {corpus.Name} have no {absent} in common; --at-home needs {string.Join(", ", AtHomeTrial.Judged)}.");
        }

        var samples = run.Read(judged, request.Streaming is null ? model.Card.FrontEnd.SampleRate : UtteranceSource.Rate, stop);
        if (samples.Count == 0)
        {
            throw new CommandException(ExitCode.Input, $"None of the {judged.Count} files of {corpus.Name} could be read.");
        }

        var clipListener = request.Streaming is null ? new ClipListener(model, samples, run.ReadOrdinary(ordinary, stop), stop) : null;
        var listener = clipListener ?? (IHomeListener)new PipelineListener(model, samples, request.Streaming!);
        var trial = new AtHomeTrial(listener, model.Card.Labels, samples.Keys);
        var results = await trial.RunAsync(stop).ConfigureAwait(false);
        var curve = trial.Curve(clipListener?.OrdinaryAlone ?? []);
        var report = new AtHomeReport(model.Card, corpus, samples.Count, ordinary?.Clips.Count ?? 0, results, curve, request.Streaming);
        using (var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)))
        {
            await output.WriteAsync(request.IsJson ? report.ToJson() : report.ToText()).ConfigureAwait(false);
        }

        if (request.PlotRecall is { } picture)
        {
            PictureFile.Write(picture, RecallCurvePlot.Draw($"{model.Card.Name} on {corpus.Name}", curve));
        }

        return run.Outcome;
    }

    private static void CheckAtHome(Request request)
    {
        var wrong = request.PlotRecall is not null && (!request.AtHome || request.Everyday is [])
                ? "--plot-recall draws what --at-home finds with --everyday; give all three, or leave it away."
            : !request.AtHome ? null
            : request.Home is not null ? "--at-home makes homes of its own: leave --home away."
            : request.Streaming is not null && request.Everyday is not []
                ? "--at-home --streaming judges by the daemon's threshold, which --sensitivity or --threshold sets: leave --everyday away."
            : request.Plot is not null || request.PlotReliability is not null
                ? "--at-home draws --plot-recall alone: leave --plot and --plot-reliability away."
            : null;
        if (wrong is not null)
        {
            throw new CommandException(ExitCode.Usage, wrong);
        }
    }

    private static void Draw(Request request, string title, ConfusionMatrix confusion, CertaintyScores certainty)
    {
        if (request.Plot is { } plot)
        {
            PictureFile.Write(plot, ConfusionPlot.Draw(title, confusion.Labels, confusion.ToArray()));
        }

        if (request.PlotReliability is { } reliability)
        {
            PictureFile.Write(reliability, ReliabilityPlot.Draw(title, certainty));
        }
    }

    private static void CheckHome(Request request, ModelCard card)
    {
        if (request.Home is not { } people)
        {
            return;
        }

        var wrong = people < 1 ? $"--home is {people}; give a number of people from 1 on."
            : request.Streaming is not null ? "--home is for clips heard one by one; a stream is one home by itself: leave --home out."
            : card.Adaptation is null ? $"{card.Name} learns no baseline, so --home would change nothing; leave it out."
            : null;
        if (wrong is not null)
        {
            throw new CommandException(ExitCode.Usage, wrong);
        }
    }

    private static void CheckSensitivity(Request request, ModelCard card)
    {
        if (request.Streaming is { Sensitivity: not Sensitivity.Normal } && card.OperatingPoints is null)
        {
            throw new CommandException(
                ExitCode.Usage, $"The card of {card.Name} has no operating points, so that --sensitivity would change nothing; leave it away.");
        }
    }

    /// <summary>The recordings of ordinary speech that were asked for, by folder.</summary>
    private static IReadOnlyList<EmotionCorpus> Ordinary(Request request, ModelCard card) =>
        request.Everyday is not [] && request.Home is not null
            ? throw new CommandException(ExitCode.Usage, "--everyday is for clips heard each by itself, or as a stream: leave --home out.")
        : request.Everyday.Length > 1 && request.Streaming is null
            ? throw new CommandException(ExitCode.Usage, "Several folders of --everyday need --streaming; give one.")
        : [.. request.Everyday.Select(folder =>
            EverydayFolder.AsCorpus(folder, card.Labels.FirstOrDefault(label => !FalseEmotions.IsEmotion(label)) ?? card.Labels[0]))];

    private static async Task<HeardStream> StreamOrdinaryAsync(
        EmotionCorpus ordinary, EmotionModel model, StreamingOptions options, EvaluationRun corpus, CancellationToken stop)
    {
        var run = new EvaluationRun(ordinary, model, new ModelEvaluation(model.Card.Labels, model.Card.Unknown));
        var heard = await run.StreamAsync([.. ordinary.Clips], options, stop).ConfigureAwait(false);
        foreach (var code in run.Unread)
        {
            corpus.Unread.Add(code);
        }

        return heard ?? throw new CommandException(
            ExitCode.Input, $"None of the {ordinary.Clips.Count} files of ordinary speech could be read.");
    }
}
