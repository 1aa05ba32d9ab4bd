using System.Globalization;
using System.Text;
using System.Text.Json;
using SernetStream.Evaluation.Streaming;

namespace SernetStream.Evaluation.Reports;

/// <summary>What became of ordinary speech in a stream, and which thresholds would keep a rate of false emotions.</summary>
/// <param name="ordinary">The ordinary speech, a stream of each kind.</param>
/// <param name="emotions">The data set.</param>
internal sealed class EverydayStreamReport(IReadOnlyList<HeardStream> ordinary, HeardStream emotions)
{
    private readonly IReadOnlyList<StreamingPoint> _points = new StreamingPoints(ordinary, emotions).Points();
    private readonly double _recall = emotions.Score.Recall(emotions.IsEmotion);

    /// <summary>Adds lines for people.</summary>
    public void Append(StringBuilder text)
    {
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

        foreach (var kind in ordinary)
        {
            var name = ordinary.Count > 1 ? $" ({kind.Name})" : "";
            Line($"ordinary speech{name}, {kind.Score.Utterances} utterances: {100 * AtAnyTime(kind):0.0} % are given an emotion, {100 * ByFinal(kind):0.0} % by their final event; {100 * kind.Score.UnknownShare:0.0} % of these say unknown");
        }

        Line($"recall of emotions by final events, as set: {100 * _recall:0.0} %");
        foreach (var point in _points)
        {
            Line($"  where {point.FalseEmotions,2} in 100 may be given one: threshold {point.Threshold:0.0000}, {(double.IsNaN(point.Kept) ? "–" : (100 * point.Kept).ToString("0.0", CultureInfo.InvariantCulture))} on other fifths, recall {100 * point.Recall:0.0} %");
        }
    }

    /// <summary>Adds them to an object that is open.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("everyday"u8);
        writer.WriteString("name"u8, string.Join(" and ", ordinary.Select(kind => kind.Name)));
        writer.WriteNumber("utterances"u8, ordinary.Sum(kind => kind.Score.Utterances));
        if (ordinary is [var only])
        {
            WriteGiven(writer, only);
        }
        else
        {
            WriteKinds(writer);
        }

        EmotionEventJson.WriteRounded(writer, "recall"u8, 100 * _recall, 2);
        writer.WriteStartArray("operatingPoints"u8);
        foreach (var point in _points)
        {
            writer.WriteStartObject();
            writer.WriteNumber("falseEmotions"u8, point.FalseEmotions);
            EmotionEventJson.WriteRounded(writer, "falseEmotionsKept"u8, 100 * point.Kept, 1);
            EmotionEventJson.WriteRounded(writer, "threshold"u8, point.Threshold, 4);
            EmotionEventJson.WriteRounded(writer, "recall"u8, 100 * point.Recall, 1);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteKinds(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("kinds"u8);
        foreach (var kind in ordinary)
        {
            writer.WriteStartObject();
            writer.WriteString("name"u8, kind.Name);
            writer.WriteNumber("utterances"u8, kind.Score.Utterances);
            WriteGiven(writer, kind);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteGiven(Utf8JsonWriter writer, HeardStream kind)
    {
        EmotionEventJson.WriteRounded(writer, "givenAnEmotion"u8, 100 * AtAnyTime(kind), 2);
        EmotionEventJson.WriteRounded(writer, "givenByFinal"u8, 100 * ByFinal(kind), 2);
        EmotionEventJson.WriteRounded(writer, "unknown"u8, 100 * kind.Score.UnknownShare, 2);
    }

    private static double AtAnyTime(HeardStream kind) => kind.Score.Given(kind.IsEmotion).Average(given => given ? 1.0 : 0.0);

    private static double ByFinal(HeardStream kind) => kind.Score.GivenByFinal(kind.IsEmotion);
}
