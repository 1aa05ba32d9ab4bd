using System.Collections.Concurrent;
using System.CommandLine;
using System.Text;
using SernetStream.Audio;
using SernetStream.Daemon.Plots;
using SernetStream.Dsp.Resampling;
using SernetStream.Inference;
using SernetStream.Inference.Evaluation;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd evaluate DATASET DIR</c>: how right a model is on recordings whose emotions are known.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var dataset = new Argument<string>("DATASET")
        {
            Description = $"How the folder is laid out: {string.Join(", ", EmotionCorpus.Names)}. A folder with a labels.csv "
                + "(file, label, speaker, sentence) is read by it, whatever is said here.",
        };
        var folder = new Argument<string>("DIR") { Description = "The folder of the data set." };
        var model = CommandLine.ModelOption();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var plot = new Option<string?>("--plot") { Description = "Draw the confusion matrix into this file (SVG).", HelpName = "FILE" };
        var command = new Command(
            "evaluate",
            "Measure a model on a data set: unweighted and weighted accuracy, macro F1, and what is taken for what. A file "
            + "that cannot be read is named on standard error and left out, and the exit code is 3.")
        {
            dataset, folder, model, json, plot,
        };
        command.SetAction((parsed, stop) => Task.FromResult(Run(
            parsed.GetRequiredValue(dataset),
            parsed.GetRequiredValue(folder),
            parsed.GetRequiredValue(model),
            parsed.GetValue(json),
            parsed.GetValue(plot),
            stop)));
        return command;
    }

    private static int Run(string dataset, string folder, string modelName, bool json, string? plot, CancellationToken stop)
    {
        var corpus = EmotionCorpus.Read(dataset, folder);
        using var model = EmotionModel.Load(modelName);
        var evaluation = new ModelEvaluation(model.Card.Labels);
        var clips = corpus.Clips.Where(evaluation.Knows).ToList();
        if (clips.Count == 0)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"{model.Card.Name} knows none of the emotions of {corpus.Name}; it tells {string.Join(", ", model.Card.Labels)} apart.");
        }

        var unread = Evaluate(corpus, clips, model, evaluation, stop);
        if (evaluation.Confusion.Total == 0)
        {
            throw new CommandException(ExitCode.Input, $"None of the {clips.Count} files of {corpus.Name} could be read.");
        }

        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        var report = new EvaluationReport(model.Card, corpus, evaluation, unread.Count);
        output.Write(json ? report.ToJson() : report.ToText());
        if (plot is not null)
        {
            Plot(plot, $"{model.Card.Name} on {corpus.Name}", evaluation.Confusion);
        }

        return unread.IsEmpty ? ExitCode.Done : unread.Max();
    }

    private static void Plot(string file, string title, ConfusionMatrix confusion)
    {
        var length = confusion.Labels.Count;
        var counts = new int[length, length];
        for (var meant = 0; meant < length; meant++)
        {
            for (var heard = 0; heard < length; heard++)
            {
                counts[meant, heard] = confusion[meant, heard];
            }
        }

        try
        {
            File.WriteAllText(file, ConfusionPlot.Draw(title, confusion.Labels, counts));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"The picture {file} could not be written: {error.Message}");
        }
    }

    /// <summary>Classifies all clips, a classifier for each processor.</summary>
    /// <returns>The exit code of each file that could not be read.</returns>
    private static ConcurrentBag<int> Evaluate(
        EmotionCorpus corpus, List<LabelledClip> clips, EmotionModel model, ModelEvaluation evaluation, CancellationToken stop)
    {
        var unread = new ConcurrentBag<int>();
        using var progress = ConsoleProgress.Start(clips.Count, "files");
        Parallel.ForEach(
            clips,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop },
            () => new RecordingClassifier(model),
            (clip, _, classifier) =>
            {
                try
                {
                    var audio = AudioFile.ReadAll(corpus.PathOf(clip));
                    var samples = Resampler.Resample(audio.Samples, audio.SampleRate, model.Card.FrontEnd.SampleRate);
                    evaluation.Add(clip, classifier.Classify(samples));
                }
                catch (AudioFileException error) when (error.Error != AudioFileError.LibraryMissing)
                {
                    progress.Clear();
                    unread.Add(Failure.Report(error));
                }

                progress.Step();

                return classifier;
            },
            classifier => classifier.Dispose());
        return unread;
    }
}
