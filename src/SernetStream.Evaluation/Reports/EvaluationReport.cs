using System.Globalization;
using System.Text;
using System.Text.Json;
using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;
using SernetStream.Models;

namespace SernetStream.Evaluation.Reports;

/// <summary>What <c>sernetd evaluate</c> prints.</summary>
internal sealed class EvaluationReport(ModelCard card, EmotionCorpus corpus, ModelEvaluation evaluation, int unread, AuditReport audit) : IReport
{
    private static readonly int[] Coverages = [100, 90, 80, 70, 60, 50];

    private readonly ConfusionMatrix _confusion = evaluation.Confusion;

    /// <summary>Whether the model learnt from this very data set, so that the figures say little about other voices.</summary>
    private bool HasHeardIt => card.Training.Corpora.Contains(corpus.Name);

    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{card.Name} on {corpus.Name}: {_confusion.Total} clips of {evaluation.BySpeaker.Count} speakers");
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"UA {Percent(_confusion.UnweightedAccuracy)}   WA {Percent(_confusion.WeightedAccuracy)}   "
            + $"macro F1 {Percent(_confusion.MacroF1)}");
        if (HasHeardIt)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"The model was trained on {corpus.Name} ({card.Training.Protocol}): it is worse on unseen speakers.");
        }

        foreach (var warning in audit.Warnings)
        {
            text.AppendLine(warning);
        }

        AppendCertainty(text);
        AppendFalseEmotions(text);
        foreach (var (label, count) in evaluation.Unknown)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"Left out: {count} clips of {label}, which the model does not know.");
        }

        AppendTable(text);
        return text.ToString();
    }

    public string ToJson() => JsonObject.ToText(writer =>
    {
        writer.WriteString("model"u8, card.Name);
        writer.WriteString("dataset"u8, corpus.Name);
        writer.WriteBoolean("trainedOn"u8, HasHeardIt);
        WriteScores(writer, _confusion);
        writer.WriteNumber("unread"u8, unread);
        JsonObject.WriteTexts(writer, "traps"u8, audit.Traps);
        JsonObject.WriteTexts(writer, "findings"u8, audit.Findings);
        writer.WriteStartObject("leftOut"u8);
        foreach (var (label, count) in evaluation.Unknown)
        {
            writer.WriteNumber(label, count);
        }

        writer.WriteEndObject();
        WriteCertainty(writer);
        WriteFalseEmotions(writer);
        WriteConfusion(writer);
        WriteSpeakers(writer);
    }) + Environment.NewLine;

    private static void WriteScores(Utf8JsonWriter writer, ConfusionMatrix confusion)
    {
        writer.WriteNumber("clips"u8, confusion.Total);
        EmotionEventJson.WriteRounded(writer, "ua"u8, 100 * confusion.UnweightedAccuracy, 2);
        EmotionEventJson.WriteRounded(writer, "wa"u8, 100 * confusion.WeightedAccuracy, 2);
        EmotionEventJson.WriteRounded(writer, "f1"u8, 100 * confusion.MacroF1, 2);
    }

    private void WriteConfusion(Utf8JsonWriter writer)
    {
        JsonObject.WriteTexts(writer, "labels"u8, _confusion.Labels);
        writer.WriteStartArray("confusion"u8);
        for (var meant = 0; meant < _confusion.Labels.Count; meant++)
        {
            writer.WriteStartArray();
            for (var heard = 0; heard < _confusion.Labels.Count; heard++)
            {
                writer.WriteNumberValue(_confusion[meant, heard]);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private void WriteCertainty(Utf8JsonWriter writer)
    {
        var certainty = evaluation.Certainty;
        EmotionEventJson.WriteRounded(writer, "ece"u8, certainty.ExpectedCalibrationError, 4);
        writer.WriteStartObject("unknown"u8);
        EmotionEventJson.WriteRounded(writer, "share"u8, 100 * certainty.UnknownShare, 2);
        EmotionEventJson.WriteRounded(writer, "answeredWa"u8, 100 * certainty.AnsweredAccuracy, 2);
        writer.WriteEndObject();
        writer.WriteStartArray("coverage"u8);
        foreach (var percent in Coverages)
        {
            writer.WriteStartObject();
            writer.WriteNumber("coverage"u8, percent);
            EmotionEventJson.WriteRounded(writer, "wa"u8, 100 * certainty.AccuracyAt(percent / 100.0), 2);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("reliability"u8);
        foreach (var bin in certainty.Bins)
        {
            writer.WriteStartObject();
            EmotionEventJson.WriteRounded(writer, "from"u8, bin.From, 4);
            EmotionEventJson.WriteRounded(writer, "to"u8, bin.To, 4);
            writer.WriteNumber("clips"u8, bin.Count);
            EmotionEventJson.WriteRounded(writer, "confidence"u8, bin.Confidence, 4);
            EmotionEventJson.WriteRounded(writer, "accuracy"u8, bin.Accuracy, 4);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteFalseEmotions(Utf8JsonWriter writer)
    {
        if (evaluation.FalseEmotions is not { } falseEmotions)
        {
            return;
        }

        writer.WriteStartObject("everyday"u8);
        writer.WriteNumber("clips"u8, falseEmotions.Count);
        EmotionEventJson.WriteRounded(writer, "givenAnEmotion"u8, 100 * falseEmotions.GivenShare, 2);
        writer.WriteStartArray("operatingPoints"u8);
        foreach (var rate in FalseEmotions.Rates)
        {
            writer.WriteStartObject();
            writer.WriteNumber("falseMoods"u8, rate);
            EmotionEventJson.WriteRounded(writer, "threshold"u8, falseEmotions.ThresholdFor(rate), 4);
            EmotionEventJson.WriteRounded(writer, "recall"u8, 100 * falseEmotions.RecallAt(rate), 2);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void WriteSpeakers(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("speakers"u8);
        foreach (var (speaker, confusion) in evaluation.BySpeaker.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            writer.WriteStartObject(speaker);
            WriteScores(writer, confusion);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private void AppendCertainty(StringBuilder text)
    {
        var certainty = evaluation.Certainty;
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"expected calibration error {certainty.ExpectedCalibrationError:0.000}; the surest 80 % of the clips: WA {Percent(certainty.AccuracyAt(0.8)).Trim()}");
        text.AppendLine(card.Unknown is null
            ? "The model's card has no thresholds for unknown: it always answers."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"unknown {Percent(certainty.UnknownShare).Trim()} of the clips by the card's thresholds; of the others WA {Percent(certainty.AnsweredAccuracy).Trim()}"));
    }

    private void AppendFalseEmotions(StringBuilder text)
    {
        if (evaluation.FalseEmotions is not { } falseEmotions)
        {
            return;
        }

        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"ordinary speech, {falseEmotions.Count} recordings: {Percent(falseEmotions.GivenShare).Trim()} get an emotion");
        var recalls = FalseEmotions.Rates.Select(rate => string.Create(
            CultureInfo.InvariantCulture, $"{rate} in 100: {Percent(falseEmotions.RecallAt(rate)).Trim()}"));
        text.AppendLine(CultureInfo.InvariantCulture, $"recall of emotions where so many do: {string.Join(", ", recalls)}");
    }

    /// <summary>Rows are true labels, columns predicted ones.</summary>
    private void AppendTable(StringBuilder text)
    {
        var labels = _confusion.Labels;
        var wide = Math.Max("meant \\ heard".Length, labels.Max(label => label.Length));
        text.AppendLine().Append("meant \\ heard".PadRight(wide));
        foreach (var label in labels)
        {
            text.Append("  ").Append(label.PadLeft(5));
        }

        text.AppendLine("  recall");
        for (var meant = 0; meant < labels.Count; meant++)
        {
            text.Append(labels[meant].PadRight(wide));
            for (var heard = 0; heard < labels.Count; heard++)
            {
                var cell = _confusion[meant, heard].ToString(CultureInfo.InvariantCulture);
                text.Append("  ").Append(cell.PadLeft(Math.Max(5, labels[heard].Length)));
            }

            text.Append("  ").AppendLine(_confusion.Meant(meant) > 0 ? Percent(_confusion.Recall(meant)) : "–");
        }
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share,5:0.0} %");
}
