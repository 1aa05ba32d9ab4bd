using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Configuration;
using SernetStream.Diary;
using SernetStream.Evaluation.Corpora;
using SernetStream.Models;
using SernetStream.Publishing;

namespace SernetStream.Daemon;

/// <summary>What a failure is called outside: a sentence and an exit code.</summary>
internal static class Failure
{
    /// <summary>The exit code of a failure that is explained by its own message; null if it is a defect of ours.</summary>
    public static int? ExitCodeOf(Exception error) => error switch
    {
        CommandException command => command.ExitCode,
        ModelException { Error: ModelError.NotFound } => ExitCode.Usage,
        ModelException { Error: ModelError.RuntimeMissing } => ExitCode.Missing,
        ModelException { Error: ModelError.NotFinite } => ExitCode.Failed,
        ModelException => ExitCode.Input,
        AudioFileException { Error: AudioFileError.LibraryMissing } => ExitCode.Missing,
        AudioFileException => ExitCode.Input,
        AudioDeviceException { Error: AudioDeviceError.LibraryMissing or AudioDeviceError.ProgramMissing } => ExitCode.Missing,
        AudioDeviceException => ExitCode.Unavailable,
        CorpusException { Error: CorpusError.UnknownName or CorpusError.UnknownSpeaker } => ExitCode.Usage,
        CorpusException => ExitCode.Input,
        DiaryException { Fault: DiaryFault.Damaged or DiaryFault.Newer } => ExitCode.Input,
        DiaryException { Fault: DiaryFault.LibraryMissing } => ExitCode.Missing,
        DiaryException => ExitCode.Failed,
        PublisherException => ExitCode.Usage,
        _ => null,
    };

    /// <summary>Says what happened on standard error, and returns the exit code.</summary>
    public static int Report(Exception error)
    {
        if (ExitCodeOf(error) is { } exitCode)
        {
            Console.Error.WriteLine($"sernetd: {error.Message.ReplaceLineEndings("\nsernetd: ")}");
            return exitCode;
        }

        Console.Error.WriteLine($"sernetd: this should not have happened; please report it with what follows.\n{error}");
        return ExitCode.Failed;
    }
}
