using System.Collections.Concurrent;
using System.CommandLine;
using System.Text;
using SernetStream.Audio;
using SernetStream.Daemon.Plots;
using SernetStream.Daemon.Streaming;
using SernetStream.Dsp.Resampling;
using SernetStream.Inference;
using SernetStream.Inference.Evaluation;
using SernetStream.Inference.Evaluation.Auditing;

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
            Description = "Let the clips be heard as at home, by turns, from so many speakers who share a microphone: a model that can, "
                + "learns from each what is usual there. Without it, each clip is heard by itself.",
            HelpName = "PEOPLE",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var plot = new Option<string?>("--plot") { Description = "Draw the confusion matrix into this file (SVG).", HelpName = "FILE" };
        var reliability = new Option<string?>("--plot-reliability")
        {
            Description = "Draw what the model's confidence is worth into this file (SVG): accuracy by confidence.",
            HelpName = "FILE",
        };
        var command = new Command(
            "evaluate",
            "Measure a model on a data set: unweighted and weighted accuracy, macro F1, what is taken for what, and whether the "
            + "model knows how sure it may be. A file that cannot be read is named on standard error and left out, and the exit code is 3.")
        {
            dataset, folder, model, speakers, home, json, plot, reliability,
        };
        var streaming = new StreamingFlags(command);
        command.SetAction((parsed, stop) => RunAsync(
            new Request(parsed.GetRequiredValue(dataset), parsed.GetRequiredValue(folder), parsed.GetRequiredValue(model))
            {
                Speakers = parsed.GetValue(speakers) ?? [],
                Home = parsed.GetValue(home),
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
        Description = $"How the folder is laid out: {string.Join(", ", EmotionCorpus.Names)}. A folder with a labels.csv "
            + "(file, label, speaker, sentence) is read by it, whatever is said here.",
    };

    internal static Argument<string> FolderArgument() => new("DIR") { Description = "The folder of the data set." };

    private static async Task<int> RunAsync(Request request, CancellationToken stop)
    {
        var corpus = EmotionCorpus.Read(request.Dataset, request.Folder).Of(request.Speakers);
        using var model = EmotionModel.Load(request.Model);
        CheckHome(request, model.Card);
        var evaluation = new ModelEvaluation(model.Card.Labels, model.Card.Unknown);
        var clips = corpus.Clips.Where(evaluation.Knows).ToList();
        if (clips.Count == 0)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"{model.Card.Name} knows none of the emotions of {corpus.Name}; it tells {string.Join(", ", model.Card.Labels)} apart.");
        }

        var unread = new ConcurrentBag<int>();
        var audit = new CorpusAudit();
        StreamScore? stream = null;
        if (request.Streaming is { } options)
        {
            stream = await StreamAsync(corpus, clips, model, options, evaluation, audit, unread, stop).ConfigureAwait(false);
        }
        else
        {
            var homes = request.Home is { } people ? Home.Of(clips, people) : [.. clips.Select(clip => new Home([clip]))];
            Evaluate(corpus, homes, model, evaluation, audit, unread, stop);
        }

        if (evaluation.Confusion.Total == 0)
        {
            throw new CommandException(ExitCode.Input, $"None of the {clips.Count} files of {corpus.Name} could be read.");
        }

        var traps = new AuditReport(corpus.Name, audit, unread.Count).Traps;
        var report = stream is null
            ? (IReport)new EvaluationReport(model.Card, corpus, evaluation, unread.Count, traps)
            : new StreamingReport(model.Card, corpus, evaluation, unread.Count, stream, request.Streaming!, traps);
        using (var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)))
        {
            await output.WriteAsync(request.IsJson ? report.ToJson() : report.ToText()).ConfigureAwait(false);
        }

        var title = $"{model.Card.Name} on {corpus.Name}{(stream is null ? "" : ", streamed")}";
        Draw(request, title, stream?.Confusion ?? evaluation.Confusion, evaluation.Certainty);
        return unread.IsEmpty ? ExitCode.Done : unread.Max();
    }

    private static void Draw(Request request, string title, ConfusionMatrix confusion, CertaintyScores certainty)
    {
        if (request.Plot is { } plot)
        {
            Picture.Write(plot, ConfusionPlot.Draw(title, confusion.Labels, confusion.ToArray()));
        }

        if (request.PlotReliability is { } reliability)
        {
            Picture.Write(reliability, ReliabilityPlot.Draw(title, certainty));
        }
    }

    private static void CheckHome(Request request, ModelCard card)
    {
        if (request.Home is not { } people)
        {
            return;
        }

        var wrong = people < 1 ? $"--home is {people}; give a number of people from 1 on."
            : request.Streaming is not null ? "--home is for clips heard one by one; a stream is one home by itself: leave --home away."
            : card.Voice is null ? $"{card.Name} does not learn what is usual, so that --home would change nothing; leave it away."
            : null;
        if (wrong is not null)
        {
            throw new CommandException(ExitCode.Usage, wrong);
        }
    }

    /// <summary>Classifies the clips of all homes, a classifier for each processor.</summary>
    private static void Evaluate(
        EmotionCorpus corpus,
        IReadOnlyList<Home> homes,
        EmotionModel model,
        ModelEvaluation evaluation,
        CorpusAudit audit,
        ConcurrentBag<int> unread,
        CancellationToken stop)
    {
        using var progress = ConsoleProgress.Start(homes.Sum(home => home.Clips.Count), "files");
        Parallel.ForEach(
            homes,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop },
            () => new RecordingClassifier(model),
            (home, _, classifier) =>
            {
                classifier.Forget();
                foreach (var clip in home.Clips)
                {
                    stop.ThrowIfCancellationRequested();
                    if (Load(corpus, clip, model.Card.FrontEnd.SampleRate, audit, unread, progress) is { } samples)
                    {
                        evaluation.Add(clip, classifier.ClassifyInTurn(samples));
                    }
                }

                return classifier;
            },
            classifier => classifier.Dispose());
    }

    /// <summary>Plays all clips through the pipeline.</summary>
    private static async Task<StreamScore?> StreamAsync(
        EmotionCorpus corpus,
        List<LabelledClip> clips,
        EmotionModel model,
        StreamingOptions options,
        ModelEvaluation evaluation,
        CorpusAudit audit,
        ConcurrentBag<int> unread,
        CancellationToken stop)
    {
        using var progress = ConsoleProgress.Start(clips.Count, "utterances");
        using var streaming = new StreamingEvaluation(
            model, clips, clip => Load(corpus, clip, UtteranceSource.Rate, audit, unread, progress), options, evaluation);
        return await streaming.RunAsync(stop).ConfigureAwait(false);
    }

    /// <summary>A clip at a rate; null if it cannot be read, which is said and noted as the exit code.</summary>
    private static float[]? Load(
        EmotionCorpus corpus, LabelledClip clip, int sampleRate, CorpusAudit audit, ConcurrentBag<int> unread, ConsoleProgress progress)
    {
        try
        {
            var audio = AudioFile.ReadAll(corpus.PathOf(clip));
            audit.Add(clip, ClipTraits.Of(audio.Samples, audio.SampleRate));
            return Resampler.Resample(audio.Samples, audio.SampleRate, sampleRate);
        }
        catch (AudioFileException error) when (error.Error != AudioFileError.LibraryMissing)
        {
            progress.Clear();
            unread.Add(Failure.Report(error));
            return null;
        }
        finally
        {
            progress.Step();
        }
    }
}
