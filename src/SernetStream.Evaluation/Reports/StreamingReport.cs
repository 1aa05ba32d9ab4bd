using System.Globalization;
using System.Text;
using System.Text.Json;
using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;
using SernetStream.Evaluation.Streaming;
using SernetStream.Models;

namespace SernetStream.Evaluation.Reports;

/// <summary>What <c>sernetd evaluate --streaming</c> prints.</summary>
internal sealed class StreamingReport(
    ModelCard card,
    EmotionCorpus corpus,
    ModelEvaluation offline,
    int unread,
    HeardStream heard,
    StreamingOptions options,
    AuditReport audit,
    IReadOnlyList<HeardStream> ordinary) : IReport
{
    private const int BarWidth = 40;

    private readonly StreamScore _score = heard.Score;
    private readonly IReadOnlyList<double> _delays = heard.Score.FinalDelays;
    private readonly EverydayStreamReport? _ordinary = ordinary is [] ? null : new EverydayStreamReport(ordinary, heard);

    private OperatingPoint? Point => options.Threshold is null ? card.OperatingPoints?.At(options.Sensitivity) : null;

    private bool HasHeardIt => card.Training.Corpora.Contains(corpus.Name);

    /// <inheritdoc/>
    public string ToText()
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

        Line($"{card.Name} on {corpus.Name}, streamed: {_score.Utterances} utterances of {offline.BySpeaker.Count} speakers in {_score.Seconds / 60:0.0} min");
        Line($"pauses of {options.Pause.Min} to {options.Pause.Max} s, seed {options.Seed}, {Noise()}");
        if (options.Threshold is { } threshold)
        {
            Line($"the threshold {threshold} for every label");
        }

        if (Point is { } point)
        {
            Line($"sensitivity {Name(options.Sensitivity)}: the threshold {point.Threshold}, which gives {point.FalseEmotions} of 100 ordinary utterances an emotion by its card");
        }

        if (HasHeardIt)
        {
            Line($"The model was trained on {corpus.Name} ({card.Training.Protocol}): it is worse on unseen speakers.");
        }

        foreach (var warning in audit.Warnings)
        {
            Line($"{warning}");
        }

        foreach (var (label, count) in offline.Unknown)
        {
            Line($"Left out: {count} clips of {label}, which the model does not know.");
        }

        Line($"");
        Line($"                                       UA       WA");
        Line($"clips one by one, as they are played {Percent(offline.Confusion.UnweightedAccuracy)}  {Percent(offline.Confusion.WeightedAccuracy)}");
        Line($"events, the model's likeliest label  {Percent(_score.Raw.UnweightedAccuracy)}  {Percent(_score.Raw.WeightedAccuracy)}");
        Line($"events, the smoothed emotion         {Percent(_score.Smoothed.UnweightedAccuracy)}  {Percent(_score.Smoothed.WeightedAccuracy)}");
        Line($"the same, where that is a label      {Percent(_score.Answered.UnweightedAccuracy)}  {Percent(_score.Answered.WeightedAccuracy)}");
        Line($"");
        Line($"missed {_score.Missed} ({Share(_score.Missed)}), in several pieces {_score.Split} ({Share(_score.Split)}); {_score.Finals} final events, {Percent(_score.UnknownShare).Trim()} of them unknown");
        Line($"false: {_score.False} final events, {PerHour(_score.Seconds)} in an hour of stream, {PerHour(_score.PauseSeconds)} in an hour of pause; {_score.FalseAnswers} of them said an emotion");
        _ordinary?.Append(text);
        AppendWait(text, "the model's likeliest label", _score.Raw.FirstRight);
        AppendWait(text, "the smoothed emotion", _score.Smoothed.FirstRight);
        Line($"from the end of speech to the final event: p50 {Seconds(_delays, 0.5)}, p95 {Seconds(_delays, 0.95)}, longest {Seconds(_delays, 1)}");
        AppendHistogram(text);
        return text.ToString();
    }

    /// <inheritdoc/>
    public string ToJson() => JsonObject.ToText(writer =>
    {
        writer.WriteString("model"u8, card.Name);
        writer.WriteString("dataset"u8, corpus.Name);
        writer.WriteBoolean("trainedOn"u8, HasHeardIt);
        WriteStream(writer);
        writer.WriteNumber("unread"u8, unread);
        JsonObject.WriteTexts(writer, "traps"u8, audit.Traps);
        JsonObject.WriteTexts(writer, "findings"u8, audit.Findings);
        writer.WriteStartObject("leftOut"u8);
        foreach (var (label, count) in offline.Unknown)
        {
            writer.WriteNumber(label, count);
        }

        writer.WriteEndObject();
        writer.WriteStartObject("offline"u8);
        WriteAccuracy(writer, offline.Confusion.UnweightedAccuracy, offline.Confusion.WeightedAccuracy);
        writer.WriteEndObject();
        WriteEvents(writer, "events"u8, _score.Raw);
        WriteEvents(writer, "smoothed"u8, _score.Smoothed);
        writer.WriteStartObject("answered"u8);
        WriteAccuracy(writer, _score.Answered.UnweightedAccuracy, _score.Answered.WeightedAccuracy);
        writer.WriteEndObject();
        WriteCounts(writer);
        _ordinary?.Write(writer);
        WriteDelays(writer);
    }) + Environment.NewLine;

    private void WriteStream(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("stream"u8);
        writer.WriteNumber("seed"u8, options.Seed);
        writer.WriteStartArray("pause"u8);
        writer.WriteNumberValue(options.Pause.Min);
        writer.WriteNumberValue(options.Pause.Max);
        writer.WriteEndArray();
        writer.WriteString("noise"u8, options.Noise);
        EmotionEventJson.WriteRounded(writer, "snrDb"u8, options.Noise is null ? double.NaN : options.SnrDb, 2);
        writer.WriteString("sensitivity"u8, Point is null ? null : Name(options.Sensitivity));
        EmotionEventJson.WriteRounded(writer, "threshold"u8, options.Threshold ?? double.NaN, 4);
        EmotionEventJson.WriteRounded(writer, "seconds"u8, _score.Seconds, 2);
        EmotionEventJson.WriteRounded(writer, "pauseSeconds"u8, _score.PauseSeconds, 2);
        writer.WriteNumber("utterances"u8, _score.Utterances);
        writer.WriteNumber("speakers"u8, offline.BySpeaker.Count);
        writer.WriteEndObject();
    }

    private static void WriteAccuracy(Utf8JsonWriter writer, double unweighted, double weighted)
    {
        EmotionEventJson.WriteRounded(writer, "ua"u8, 100 * unweighted, 2);
        EmotionEventJson.WriteRounded(writer, "wa"u8, 100 * weighted, 2);
    }

    private void WriteEvents(Utf8JsonWriter writer, ReadOnlySpan<byte> name, EventAccuracy accuracy)
    {
        writer.WriteStartObject(name);
        WriteAccuracy(writer, accuracy.UnweightedAccuracy, accuracy.WeightedAccuracy);
        writer.WriteStartObject("firstRightSeconds"u8);
        EmotionEventJson.WriteRounded(writer, "share"u8, 100.0 * accuracy.FirstRight.Count / _score.Utterances, 2);
        EmotionEventJson.WriteRounded(writer, "p50"u8, StreamScore.Quantile(accuracy.FirstRight, 0.5), 3);
        EmotionEventJson.WriteRounded(writer, "p95"u8, StreamScore.Quantile(accuracy.FirstRight, 0.95), 3);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private void WriteCounts(Utf8JsonWriter writer)
    {
        writer.WriteNumber("finals"u8, _score.Finals);
        writer.WriteNumber("missed"u8, _score.Missed);
        writer.WriteNumber("split"u8, _score.Split);
        EmotionEventJson.WriteRounded(writer, "unknownShare"u8, 100 * _score.UnknownShare, 2);
        writer.WriteNumber("false"u8, _score.False);
        writer.WriteNumber("falseAnswers"u8, _score.FalseAnswers);
        EmotionEventJson.WriteRounded(writer, "falsePerHour"u8, _score.False / (_score.Seconds / 3600), 2);
        EmotionEventJson.WriteRounded(writer, "falsePerPauseHour"u8, _score.False / (_score.PauseSeconds / 3600), 2);
    }

    private void WriteDelays(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("finalDelaySeconds"u8);
        EmotionEventJson.WriteRounded(writer, "p50"u8, StreamScore.Quantile(_delays, 0.5), 3);
        EmotionEventJson.WriteRounded(writer, "p95"u8, StreamScore.Quantile(_delays, 0.95), 3);
        EmotionEventJson.WriteRounded(writer, "max"u8, StreamScore.Quantile(_delays, 1), 3);
        writer.WriteStartArray("histogram"u8);
        foreach (var bar in DelayHistogram.Of(_delays))
        {
            writer.WriteStartObject();
            EmotionEventJson.WriteRounded(writer, "from"u8, bar.From, 1);
            EmotionEventJson.WriteRounded(writer, "to"u8, bar.To, 1);
            writer.WriteNumber("utterances"u8, bar.Count);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private void AppendWait(StringBuilder text, string whose, IReadOnlyList<double> waits) => text.AppendLine(
        CultureInfo.InvariantCulture,
        $"first right, {whose}: median {Seconds(waits, 0.5)}, p95 {Seconds(waits, 0.95)} after speech began ({Share(waits.Count)} of the utterances had one)");

    private void AppendHistogram(StringBuilder text)
    {
        var bars = DelayHistogram.Of(_delays);
        var most = bars.Count == 0 ? 1 : bars.Max(bar => bar.Count);
        foreach (var bar in bars)
        {
            var range = (double.IsInfinity(bar.From), double.IsInfinity(bar.To)) switch
            {
                (true, _) => $"before {Text(bar.To)}",
                (_, true) => $"from {Text(bar.From)}",
                _ => $"{Text(bar.From)} to {Text(bar.To)}",
            };
            var length = (int)Math.Ceiling((double)BarWidth * bar.Count / most);
            text.AppendLine(CultureInfo.InvariantCulture, $"{range,12} s  {new string('█', length)} {bar.Count}");
        }
    }

    private static string Name(Sensitivity sensitivity) => sensitivity.ToString().ToLowerInvariant();

    private string Noise() => options.Noise is null
        ? "no noise"
        : string.Create(CultureInfo.InvariantCulture, $"speech {options.SnrDb} dB above {options.Noise}");

    private string Share(int count) => Percent((double)count / _score.Utterances).Trim();

    private string PerHour(double seconds) => (_score.False / (seconds / 3600)).ToString("0.0", CultureInfo.InvariantCulture);

    private static string Seconds(IReadOnlyList<double> sorted, double share) =>
        sorted.Count == 0 ? "–" : StreamScore.Quantile(sorted, share).ToString("0.00", CultureInfo.InvariantCulture) + " s";

    private static string Text(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => double.IsNaN(share) ? "     –" : string.Create(CultureInfo.InvariantCulture, $"{100 * share,5:0.0} %");
}
