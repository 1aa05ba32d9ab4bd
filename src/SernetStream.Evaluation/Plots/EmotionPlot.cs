using System.Globalization;
using System.Net;
using System.Text;
using SernetStream.Pipeline.Recordings;

namespace SernetStream.Evaluation.Plots;

/// <summary>
/// The mood of a recording over time as an SVG picture that needs nothing else: a row for each label, a bar for each
/// utterance, as dark as the label is probable, framed in the row of the answer. Readers of screens get a title and a
/// description.
/// </summary>
internal static class EmotionPlot
{
    private const int Width = 960;
    private const int Left = 110;
    private const int Right = 28;
    private const int Top = 84;
    private const int Row = 34;
    private const int Margin = 28;
    private const int Ticks = 8;
    private const string Ink = "#22252a";
    private const string Soft = "#5c626b";

    /// <summary>Draws it.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="labels">The rows.</param>
    /// <param name="whole">The recording.</param>
    /// <param name="utterances">Its utterances.</param>
    public static string Draw(
        string title, IReadOnlyList<string> labels, RecordingPrediction whole, IReadOnlyList<UtterancePrediction> utterances)
    {
        var bottom = Top + (Row * labels.Count);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {bottom + 52}" width="{Width}" height="{bottom + 52}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">
            <title id="t">{Escaped(title)}</title>
            <desc id="d">{Escaped(string.Join(' ', utterances.Select(Describe)))}</desc>
            <rect width="{Width}" height="{bottom + 52}" fill="#fffefb"/>
            <text x="{Margin}" y="34" font-size="17" font-weight="600" fill="{Ink}">{Escaped(title)}</text>
            <text x="{Margin}" y="58" fill="{Soft}">{Escaped(Summary(whole))}</text>

            """);
        for (var row = 0; row < labels.Count; row++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""
                <rect x="{Left}" y="{Top + (row * Row)}" width="{Width - Left - Right}" height="{Row - 4}" fill="#f1efe9" rx="4"/>
                <text x="{Left - 10}" y="{Top + (row * Row) + 20}" text-anchor="end" fill="{Ink}">{Escaped(labels[row])}</text>

                """);
        }

        foreach (var utterance in utterances)
        {
            DrawUtterance(svg, labels, utterance, whole.Seconds);
        }

        for (var tick = 0; tick <= Ticks; tick++)
        {
            var at = whole.Seconds * tick / Ticks;
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(at, whole.Seconds):0.#}\" y=\"{bottom + 20}\" text-anchor=\"middle\" fill=\"{Soft}\">{Clock(at)}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawUtterance(StringBuilder svg, IReadOnlyList<string> labels, UtterancePrediction utterance, double seconds)
    {
        var x = X(utterance.Start, seconds);
        var width = Math.Max(1, X(utterance.End, seconds) - x);
        svg.Append(CultureInfo.InvariantCulture, $"<g><title>{Escaped(Describe(utterance))}</title>\n");
        for (var row = 0; row < labels.Count; row++)
        {
            var frame = labels[row] == utterance.Of.Emotion ? " stroke=\"#b3261e\" stroke-width=\"1.5\"" : "";
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{Top + (row * Row)}\" width=\"{width:0.#}\" height=\"{Row - 4}\" fill=\"#1f4e87\" fill-opacity=\"{utterance.Of.Probabilities[row].Value:0.##}\"{frame}/>\n");
        }

        svg.Append("</g>\n");
    }

    private static string Summary(RecordingPrediction whole) => string.Create(
        CultureInfo.InvariantCulture,
        $"{whole.Of.Emotion}, {100 * whole.Of.Confidence:0} %; {whole.Utterances ?? 0} utterances, {whole.SpeechSeconds ?? 0:0.0} of {whole.Seconds:0.0} s; the darker the likelier, the answer framed");

    private static string Describe(UtterancePrediction utterance) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Clock(utterance.Start)} to {Clock(utterance.End)}: {utterance.Of.Emotion}, {100 * utterance.Of.Confidence:0} %.");

    private static double X(double at, double seconds) => Left + ((Width - Left - Right) * at / seconds);

    private static string Clock(double seconds) => TimeSpan.FromSeconds(seconds).ToString(
        seconds >= 3600 ? @"h\:mm\:ss" : @"m\:ss\.f", CultureInfo.InvariantCulture);

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
