using System.Globalization;
using SernetStream.Diary;

namespace SernetStream.Reports;

/// <summary>Entries of the diary as lines.</summary>
internal static class HistoryText
{
    private const int EmotionWidth = 10;

    private static readonly string[] Columns =
        ["time", "local", "kind", "emotion", "previous", "confidence", "arousal", "seconds", "model", "probabilities"];

    /// <summary>What stands above the lines; null if nothing does.</summary>
    public static string? Header(PredictionFormat format) => format == PredictionFormat.Csv ? string.Join(',', Columns) : null;

    /// <summary>An entry as a line.</summary>
    public static string Line(PredictionFormat format, string node, DiaryEntry entry) => format switch
    {
        PredictionFormat.Json => Json(node, entry),
        PredictionFormat.Csv => Csv(entry),
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"{entry.Time:yyyy-MM-dd HH:mm:ss}  {EmotionEventJson.KindName(entry.Kind),-6}  {entry.Emotion.PadRight(EmotionWidth)} {100 * entry.Confidence,3:0} %  {Detail(entry)}"),
    };

    /// <summary>How long each mood lasted, and how often somebody spoke, as part of a sentence.</summary>
    public static string Shares(IReadOnlyList<DiaryEntry> entries)
    {
        var moods = Mood.Between(entries).GroupBy(mood => mood.Emotion, StringComparer.Ordinal)
            .Select(same => (Emotion: same.Key, Seconds: same.Sum(mood => mood.Length.TotalSeconds)))
            .OrderByDescending(mood => mood.Seconds)
            .Select(mood => $"{mood.Emotion} {Duration(mood.Seconds)}");
        return string.Join(", ", moods.Prepend($"{entries.Count(entry => entry.Kind == EmotionEventKind.Final)} utterances"));
    }

    private static string Detail(DiaryEntry entry) => entry.Kind == EmotionEventKind.Change
        ? $"was {entry.Previous}"
        : string.Create(CultureInfo.InvariantCulture, $"{entry.Seconds:0.0} s");

    private static string Duration(double seconds) => seconds < 100
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s")
        : seconds < 6000
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h");

    private static string Json(string node, DiaryEntry entry) => JsonObject.ToText(writer =>
    {
        writer.WriteString("node"u8, node);
        writer.WriteString("time"u8, EmotionEventJson.Timestamp(entry.Time));
        writer.WriteString("local"u8, Local(entry));
        writer.WriteString("kind"u8, EmotionEventJson.KindName(entry.Kind));
        writer.WriteString("emotion"u8, entry.Emotion);
        writer.WriteString("previous"u8, entry.Previous);
        EmotionEventJson.WriteRounded(writer, "confidence"u8, entry.Confidence, 4);
        EmotionEventJson.WriteRounded(writer, "arousal"u8, entry.Arousal ?? double.NaN, 3);
        EmotionEventJson.WriteRounded(writer, "seconds"u8, entry.Seconds, 3);
        EmotionEventJson.WriteScores(writer, "probabilities"u8, entry.Probabilities);
        writer.WriteString("model"u8, entry.Model);
    });

    private static string Csv(DiaryEntry entry) => string.Join(',',
    [
        EmotionEventJson.Timestamp(entry.Time), Local(entry), EmotionEventJson.KindName(entry.Kind),
        PredictionText.Quoted(entry.Emotion), PredictionText.Quoted(entry.Previous), PredictionText.Number(entry.Confidence),
        entry.Arousal is { } arousal ? PredictionText.Number(arousal) : "", PredictionText.Number(entry.Seconds), PredictionText.Quoted(entry.Model),
        PredictionText.Quoted(string.Join(' ', entry.Probabilities.Select(score => $"{score.Key}={PredictionText.Number(score.Value)}"))),
    ]);

    private static string Local(DiaryEntry entry) => entry.Time.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
}
