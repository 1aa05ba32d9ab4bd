using System.Globalization;
using System.Text.Json;
using SernetStream.Models;
using SernetStream.Pipeline.Recordings;

namespace SernetStream.Reports;

/// <summary>How judgements are printed.</summary>
internal enum PredictionFormat
{
    Text,
    Json,
    Csv,
}

/// <summary>Judgements as lines: of whole files, or of each utterance (a timeline).</summary>
internal sealed class PredictionText(ModelCard card, PredictionFormat format, bool isTimeline)
{
    private readonly int _width = Width(card);

    /// <summary>What stands above the lines; null if nothing does.</summary>
    public string? Header => format != PredictionFormat.Csv ? null : string.Join(',', isTimeline
        ? ["file", "start", "end", "emotion", "confidence", .. card.Labels.Select(Quoted)]
        : ["file", "emotion", "confidence", "seconds", .. card.Labels.Select(Quoted), "speechSeconds", "utterances", "reason"]);

    /// <remarks>The columns of CSV hold every probability, and so the likeliest label of what is unknown.</remarks>
    public string Line(RecordingPrediction judgement) => format switch
    {
        PredictionFormat.Json => Json(judgement.Of, writer =>
        {
            EmotionEventJson.WriteRounded(writer, "seconds"u8, judgement.Seconds, 3);
            if (judgement.Utterances is { } utterances)
            {
                EmotionEventJson.WriteRounded(writer, "speechSeconds"u8, judgement.SpeechSeconds ?? 0, 3);
                writer.WriteNumber("utterances"u8, utterances);
            }

            if (judgement.Reason is { } reason)
            {
                writer.WriteString("reason"u8, reason);
            }
        }),
        PredictionFormat.Csv => string.Join(',',
        [
            Quoted(judgement.Of.File), Quoted(judgement.Of.Emotion), Number(judgement.Of.Confidence), Number(judgement.Seconds),
            .. Probabilities(judgement.Of), judgement.SpeechSeconds is { } speech ? Number(speech) : "",
            $"{judgement.Utterances}", judgement.Reason ?? "",
        ]),
        _ => $"{Answer(judgement.Of)}  {judgement.Of.File}{Extent(judgement)}",
    };

    /// <inheritdoc cref="Line(RecordingPrediction)"/>
    public string Line(UtterancePrediction judgement) => format switch
    {
        PredictionFormat.Json => Json(judgement.Of, writer =>
        {
            EmotionEventJson.WriteRounded(writer, "start"u8, judgement.Start, 3);
            EmotionEventJson.WriteRounded(writer, "end"u8, judgement.End, 3);
        }),
        PredictionFormat.Csv => string.Join(',',
        [
            Quoted(judgement.Of.File), Number(judgement.Start), Number(judgement.End), Quoted(judgement.Of.Emotion),
            Number(judgement.Of.Confidence), .. Probabilities(judgement.Of),
        ]),
        _ => $"{Clock(judgement.Start)} – {Clock(judgement.End)}  {Answer(judgement.Of)}  {judgement.Of.File}",
    };

    private static string Json(Prediction judgement, Action<Utf8JsonWriter> writeRest) => JsonObject.ToText(writer =>
    {
        writer.WriteString("file"u8, judgement.File);
        writer.WriteString("emotion"u8, judgement.Emotion);
        writer.WriteString("likeliest"u8, judgement.Likeliest);
        EmotionEventJson.WriteRounded(writer, "confidence"u8, judgement.Confidence, 4);
        EmotionEventJson.WriteRounded(writer, "arousal"u8, judgement.Arousal ?? double.NaN, 3);
        EmotionEventJson.WriteScores(writer, "probabilities"u8, judgement.Probabilities);
        writeRest(writer);
    });

    /// <summary>Room for the longest answer, which in a model that may not know is <c>unknown (happiness)</c>.</summary>
    private static int Width(ModelCard card)
    {
        var longest = card.Labels.Max(label => label.Length);
        return Math.Max(10, card.Unknown is null ? longest : longest + EmotionLabel.Unknown.Length + " ()".Length);
    }

    private string Answer(Prediction judgement)
    {
        var emotion = judgement.Emotion == EmotionLabel.Unknown ? $"{judgement.Emotion} ({judgement.Likeliest})" : judgement.Emotion;
        return $"{emotion.PadRight(_width)} {judgement.Confidence,5:P0}";
    }

    private static string Extent(RecordingPrediction judgement) => judgement switch
    {
        { Reason: { } reason } => $"  ({reason})",
        { Utterances: { } count } => string.Create(
            CultureInfo.InvariantCulture,
            $"  ({count} {(count == 1 ? "utterance" : "utterances")}, {judgement.SpeechSeconds:0.0} of {judgement.Seconds:0.0} s)"),
        _ => "",
    };

    private static string Clock(double seconds) => TimeSpan.FromSeconds(seconds).ToString(@"hh\:mm\:ss\.f", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Probabilities(Prediction judgement) => judgement.Probabilities.Select(score => Number(score.Value));

    /// <summary>A number for a machine.</summary>
    public static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>RFC 4180, section 2: a field with a comma, a quote or a line break is quoted, and quotes are doubled.</summary>
    public static string Quoted(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0
        ? field
        : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
