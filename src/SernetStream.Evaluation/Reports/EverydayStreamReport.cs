using System.Globalization;
using System.Text;
using System.Text.Json;
using SernetStream.Evaluation.Streaming;

namespace SernetStream.Evaluation.Reports;

/// <summary>What became of ordinary speech in a stream, and which thresholds would keep a rate of false emotions.</summary>
/// <param name="ordinary">The ordinary speech.</param>
/// <param name="emotions">The data set.</param>
internal sealed class EverydayStreamReport(HeardStream ordinary, HeardStream emotions)
{
    private readonly IReadOnlyList<StreamingPoint> _points = new StreamingPoints(ordinary, emotions).Points();
    private readonly double _byFinal = ordinary.Score.GivenByFinal(ordinary.IsEmotion);
    private readonly double _atAnyTime = ordinary.Score.Given(ordinary.IsEmotion).Average(given => given ? 1.0 : 0.0);
    private readonly double _recall = emotions.Score.Recall(emotions.IsEmotion);

    /// <summary>Adds lines for people.</summary>
    public void Append(StringBuilder text)
    {
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

        Line($"ordinary speech, {ordinary.Score.Utterances} utterances: {100 * _atAnyTime:0.0} % are given an emotion, {100 * _byFinal:0.0} % by their final event; {100 * ordinary.Score.UnknownShare:0.0} % of these say unknown");
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
        writer.WriteString("name"u8, ordinary.Name);
        writer.WriteNumber("utterances"u8, ordinary.Score.Utterances);
        EmotionEventJson.WriteRounded(writer, "givenAnEmotion"u8, 100 * _atAnyTime, 2);
        EmotionEventJson.WriteRounded(writer, "givenByFinal"u8, 100 * _byFinal, 2);
        EmotionEventJson.WriteRounded(writer, "unknown"u8, 100 * ordinary.Score.UnknownShare, 2);
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
}
