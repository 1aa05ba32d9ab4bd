using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SernetStream.Audio;
using SernetStream.Dsp.Resampling;
using SernetStream.Inference;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd classify FILE…</c>: one line a file, as in the paper: segment, level, MFCC, model.</summary>
internal static class ClassifyCommand
{
    private enum Format
    {
        Text,
        Json,
        Csv,
    }

    /// <param name="File">As it was named.</param>
    /// <param name="Emotion">The answer: a label, <c>unknown</c> or <c>none</c>.</param>
    /// <param name="Likeliest">The likeliest label, whether it is the answer or not; null for silence.</param>
    /// <param name="Confidence">Its probability.</param>
    /// <param name="Arousal">As in events.</param>
    /// <param name="Probabilities">One a label.</param>
    /// <param name="Seconds">Length of the recording.</param>
    private sealed record Judgement(
        string File, string Emotion, string? Likeliest, float Confidence, float? Arousal, EmotionScores Probabilities, double Seconds);

    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Audio files: WAV, FLAC, Ogg, … of any rate and number of channels.",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = CommandLine.ModelOption();
        var format = new Option<Format>("--format", "-f") { Description = "How to print: text, json or csv.", HelpName = "FORMAT" };
        format.CompletionSources.Clear();
        format.CompletionSources.Add("text", "json", "csv");
        var inTurn = new Option<bool>("--in-turn")
        {
            Description = "The files were recorded by one microphone, one after the other: a model that can, learns from each what is "
                + "usual there, as sernetd run does. Without it, each file is judged by itself.",
        };
        var command = new Command(
            "classify",
            "Say which emotion each file holds; unknown where the model's card says that it is not sure enough. A file that cannot be read is named on standard error, the others are "
            + "still classified, and the exit code is 3.")
        {
            files, model, inTurn, format,
        };
        command.SetAction((parsed, stop) => Task.FromResult(Run(
            parsed.GetRequiredValue(files),
            parsed.GetRequiredValue(model),
            parsed.GetValue(inTurn),
            parsed.GetValue(format),
            stop)));
        return command;
    }

    private static int Run(string[] files, string modelName, bool inTurn, Format format, CancellationToken stop)
    {
        using var model = EmotionModel.Load(modelName);
        if (inTurn && model.Card.Voice is null)
        {
            throw new CommandException(
                ExitCode.Usage, $"{model.Card.Name} does not learn what is usual, so that --in-turn would change nothing; leave it away.");
        }

        using var classifier = new RecordingClassifier(model);
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false)) { AutoFlush = true };
        var exitCode = ExitCode.Done;
        if (format == Format.Csv)
        {
            output.WriteLine(string.Join(',', ["file", "emotion", "confidence", "seconds", .. model.Card.Labels.Select(Quoted)]));
        }

        var width = TextWidth(model.Card);
        using var progress = ConsoleProgress.Start(files.Length, "files");
        foreach (var file in files)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                progress.WriteLine(output, Line(Judge(file, model.Card, inTurn ? classifier.ClassifyInTurn : classifier.Classify), format, width));
            }
            catch (AudioFileException error) when (error.Error != AudioFileError.LibraryMissing)
            {
                progress.Clear();
                exitCode = Failure.Report(error);
            }

            progress.Step();
        }

        return exitCode;
    }

    private delegate ReadOnlySpan<float> Ask(ReadOnlySpan<float> samples);

    private static Judgement Judge(string file, ModelCard card, Ask ask)
    {
        var clip = AudioFile.ReadAll(file);
        if (clip.Warning is { } warning)
        {
            Console.Error.WriteLine($"sernetd: {warning}");
        }

        var seconds = (double)clip.Samples.Length / clip.SampleRate;
        if (clip.IsSilent)
        {
            Console.Error.WriteLine($"sernetd: {file} is silent: there is nothing in it to judge.");
            return new Judgement(file, EmotionLabel.None, null, 0, null, new EmotionScores(card.Labels, new float[card.Labels.Count]), seconds);
        }

        var samples = Resampler.Resample(clip.Samples, clip.SampleRate, card.FrontEnd.SampleRate);
        var scores = new EmotionScores(card.Labels, ask(samples));
        var (likeliest, confidence) = scores[Certainty.Likeliest(scores.Values)];
        var emotion = card.Unknown?.Hold(scores.Values) == true ? EmotionLabel.Unknown : likeliest;
        return new Judgement(
            file, emotion, likeliest, confidence, new ArousalScale(card).Expectation(scores.Values), scores, seconds);
    }

    /// <summary>Room for the longest answer, which in a model that may not know is <c>unknown (happiness)</c>.</summary>
    private static int TextWidth(ModelCard card)
    {
        var longest = card.Labels.Max(label => label.Length);
        return Math.Max(10, card.Unknown is null ? longest : longest + EmotionLabel.Unknown.Length + " ()".Length);
    }

    /// <remarks>The columns of CSV hold every probability, and so the likeliest label of what is unknown.</remarks>
    private static string Line(Judgement judgement, Format format, int width) => format switch
    {
        Format.Json => Json(judgement),
        Format.Csv => string.Join(',',
        [
            Quoted(judgement.File), Quoted(judgement.Emotion), Number(judgement.Confidence), Number(judgement.Seconds),
            .. judgement.Probabilities.Select(score => Number(score.Value)),
        ]),
        _ => $"{Answer(judgement).PadRight(width)} {judgement.Confidence,5:P0}  {judgement.File}",
    };

    private static string Answer(Judgement judgement) => judgement.Emotion == EmotionLabel.Unknown
        ? $"{judgement.Emotion} ({judgement.Likeliest})"
        : judgement.Emotion;

    private static string Json(Judgement judgement)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, EmotionEventJson.WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("file"u8, judgement.File);
            writer.WriteString("emotion"u8, judgement.Emotion);
            writer.WriteString("likeliest"u8, judgement.Likeliest);
            EmotionEventJson.WriteRounded(writer, "confidence"u8, judgement.Confidence, 4);
            EmotionEventJson.WriteRounded(writer, "arousal"u8, judgement.Arousal ?? double.NaN, 3);
            EmotionEventJson.WriteScores(writer, "probabilities"u8, judgement.Probabilities);
            EmotionEventJson.WriteRounded(writer, "seconds"u8, judgement.Seconds, 3);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>RFC 4180, section 2: a field with a comma, a quote or a line break is quoted, and quotes are doubled.</summary>
    private static string Quoted(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0
        ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
