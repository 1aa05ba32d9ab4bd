using System.Globalization;
using System.Text;
using System.Text.Json;
using SernetStream.Evaluation.AtHome;
using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Streaming;
using SernetStream.Models;

namespace SernetStream.Evaluation.Reports;

/// <summary>What <c>sernetd evaluate --at-home</c> prints.</summary>
/// <param name="card">The model's card.</param>
/// <param name="corpus">What was said.</param>
/// <param name="clips">Clips that could be read.</param>
/// <param name="ordinary">Recordings of ordinary speech.</param>
/// <param name="results">All figures.</param>
/// <param name="curve">Recall by false emotions in a hundred; empty: not measured.</param>
/// <param name="streamed">How homes were played through the pipeline, whose threshold then decides; null: clips one by one.</param>
internal sealed class AtHomeReport(
    ModelCard card,
    EmotionCorpus corpus,
    int clips,
    int ordinary,
    IReadOnlyList<AtHomeResult> results,
    IReadOnlyList<(double Rate, double Recall)> curve,
    StreamingOptions? streamed) : IReport
{
    /// <summary>What decides whether an emotion is recognised.</summary>
    private string Threshold => streamed switch
    {
        null => "five",
        { Threshold: { } threshold } => threshold.ToString(CultureInfo.InvariantCulture),
        _ => streamed.Sensitivity.ToString().ToLowerInvariant(),
    };

    private bool HasHeardIt => card.Training.Corpora.Contains(corpus.Name);

    /// <inheritdoc/>
    public string ToText()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

        Line($"{card.Name} on {corpus.Name}, as at home{(streamed is null ? "" : ", through the whole pipeline")}: {clips} clips{(ordinary > 0 ? $", {ordinary} recordings of ordinary speech" : "")}");
        if (HasHeardIt)
        {
            Line($"The model was trained on {corpus.Name} ({card.Training.Protocol}): on voices it has not heard it is worse.");
        }

        Line($"");
        Line($"{"protocol",-14}  {"home of",-8}  {"part",-14}     UA     WA  recall at {Threshold}");
        foreach (var (protocol, people, part, score) in results)
        {
            Line($"{protocol,-14}  {(people == 0 ? "–" : people.ToString(CultureInfo.InvariantCulture)),-8}  {part,-14}  {Percent(score.Ua)}  {Percent(score.Wa)}  {Percent(score.Recall)}");
        }

        if (curve.Count > 0)
        {
            var points = curve.Where(point => point.Rate is 1 or 2 or 5 or 10).Select(point => string.Create(
                CultureInfo.InvariantCulture, $"{point.Rate} in 100: {100 * point.Recall:0.0} %"));
            Line($"recall of emotions, each clip by itself, where so many ordinary utterances are given one: {string.Join(", ", points)}");
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public string ToJson() => JsonObject.ToText(writer =>
    {
        writer.WriteString("model"u8, card.Name);
        writer.WriteString("dataset"u8, corpus.Name);
        writer.WriteBoolean("trainedOn"u8, HasHeardIt);
        writer.WriteNumber("clips"u8, clips);
        writer.WriteNumber("ordinary"u8, ordinary);
        if (streamed is not null)
        {
            writer.WriteString("threshold"u8, Threshold);
        }

        writer.WriteStartObject("recallAt"u8);
        foreach (var (rate, recall) in curve)
        {
            EmotionEventJson.WriteRounded(writer, Encoding.UTF8.GetBytes(rate.ToString(CultureInfo.InvariantCulture)), 100 * recall, 2);
        }

        writer.WriteEndObject();
        foreach (var protocol in results.GroupBy(result => result.Protocol))
        {
            writer.WriteStartObject(protocol.Key);
            foreach (var home in protocol.GroupBy(result => result.People))
            {
                writer.WriteStartObject(home.Key == 0 ? "byItself" : $"of{home.Key}");
                foreach (var result in home)
                {
                    Write(writer, result);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }
    }) + Environment.NewLine;

    private void Write(Utf8JsonWriter writer, AtHomeResult result)
    {
        writer.WriteStartObject(result.Part);
        EmotionEventJson.WriteRounded(writer, "ua"u8, 100 * result.Score.Ua, 2);
        EmotionEventJson.WriteRounded(writer, "wa"u8, 100 * result.Score.Wa, 2);
        EmotionEventJson.WriteRounded(writer, streamed is null ? "recallAtFive"u8 : "recall"u8, 100 * result.Score.Recall, 2);
        writer.WriteEndObject();
    }

    private static string Percent(double share) => double.IsNaN(share) ? "    –" : (100 * share).ToString("0.0", CultureInfo.InvariantCulture).PadLeft(5);
}
