using System.Globalization;
using SernetStream.Pipeline.Recordings;

namespace SernetStream.Evaluation.Plots;

/// <summary>The mood of a recording over time, as a picture: a bar for each utterance.</summary>
internal static class EmotionPlot
{
    /// <summary>Draws it.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="labels">The rows.</param>
    /// <param name="whole">The recording.</param>
    /// <param name="utterances">Its utterances.</param>
    public static string Draw(
        string title, IReadOnlyList<string> labels, RecordingPrediction whole, IReadOnlyList<UtterancePrediction> utterances) => TimelinePlot.Draw(
            title, Summary(whole), labels, [.. utterances.Select(Span)], whole.Seconds, Clock);

    private static TimelineSpan Span(UtterancePrediction utterance) => new(
        utterance.Start, utterance.End, utterance.Of.Emotion, utterance.Of.Probabilities.Values.ToArray(), Describe(utterance));

    private static string Summary(RecordingPrediction whole) => string.Create(
        CultureInfo.InvariantCulture,
        $"{whole.Of.Emotion}, {100 * whole.Of.Confidence:0} %; {whole.Utterances ?? 0} utterances, {whole.SpeechSeconds ?? 0:0.0} of {whole.Seconds:0.0} s; the darker the likelier, the answer framed");

    private static string Describe(UtterancePrediction utterance) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Clock(utterance.Start)} to {Clock(utterance.End)}: {utterance.Of.Emotion}, {100 * utterance.Of.Confidence:0} %.");

    private static string Clock(double seconds) => TimeSpan.FromSeconds(seconds).ToString(
        seconds >= 3600 ? @"h\:mm\:ss" : @"m\:ss\.f", CultureInfo.InvariantCulture);
}
