using System.Collections.Concurrent;
using System.CommandLine;
using System.Text;
using SernetStream.Audio.Files;
using SernetStream.Configuration;
using SernetStream.Evaluation.Audit;
using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Reports;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd audit DATASET DIR</c>: what gives the labels of a data set away without any speech.</summary>
internal static class AuditCommand
{
    public static Command Create()
    {
        var (dataset, folder) = (EvaluateCommand.DatasetArgument(), EvaluateCommand.FolderArgument());
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new Command(
            "audit",
            "Test what gives the emotions of a data set away without any speech: how often a prediction from duration, level, peak, "
            + "bandwidth, clipping, silence, sampling rate or speaker alone is right. A model can learn that instead. A file "
            + "that cannot be read is named on standard error and left out, and the exit code is 3.")
        {
            dataset, folder, json,
        };
        command.SetAction((parsed, stop) => Task.FromResult(
            Run(parsed.GetRequiredValue(dataset), parsed.GetRequiredValue(folder), parsed.GetValue(json), stop)));
        return command;
    }

    private static int Run(string dataset, string folder, bool isJson, CancellationToken stop)
    {
        var exitCodes = new ConcurrentBag<int>();
        var corpus = EmotionCorpus.Read(dataset, folder, missing => exitCodes.Add(Failure.Report(missing)));
        var audit = new CorpusAudit();
        using (var progress = ConsoleProgress.Start(corpus.Clips.Count, "files"))
        {
            Parallel.ForEach(
                corpus.Clips,
                new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = stop },
                clip => Add(corpus, clip, audit, exitCodes, progress));
        }

        if (audit.Count == 0)
        {
            throw new CommandException(ExitCode.Input, $"None of the {corpus.Clips.Count} files of {corpus.Name} could be read.");
        }

        var report = new AuditReport(corpus.Name, audit, corpus.Clips.Count - audit.Count);
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        output.Write(isJson ? report.ToJson() : report.ToText());
        return exitCodes.IsEmpty ? ExitCode.Done : exitCodes.Max();
    }

    private static void Add(
        EmotionCorpus corpus, LabelledClip clip, CorpusAudit audit, ConcurrentBag<int> exitCodes, ConsoleProgress progress)
    {
        try
        {
            var audio = AudioFile.ReadAll(corpus.PathOf(clip));
            audit.Add(clip, ClipTraits.Of(audio.Samples, audio.SampleRate));
        }
        catch (AudioFileException error) when (error.Error != AudioFileError.LibraryMissing)
        {
            progress.Clear();
            exitCodes.Add(Failure.Report(error));
        }
        finally
        {
            progress.Step();
        }
    }
}
