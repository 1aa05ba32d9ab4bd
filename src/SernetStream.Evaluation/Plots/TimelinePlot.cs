using System.Globalization;
using System.Net;
using System.Text;

namespace SernetStream.Evaluation.Plots;

/// <summary>A stretch of time that was judged.</summary>
/// <param name="Start">Seconds from the picture's left edge.</param>
/// <param name="End">Seconds from the picture's left edge.</param>
/// <param name="Emotion">The answer.</param>
/// <param name="Probabilities">Of the labels, in the order of the rows.</param>
/// <param name="Description">It in a sentence.</param>
internal sealed record TimelineSpan(double Start, double End, string Emotion, IReadOnlyList<float> Probabilities, string Description);

/// <summary>
/// Moods over time as an SVG picture that needs nothing else: a row for each label, a bar for each stretch of time, as
/// dark as the label is probable, framed in the row of the answer. Readers of screens get a title and a description.
/// </summary>
internal static class TimelinePlot
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
    /// <param name="summary">Its gist, below the title.</param>
    /// <param name="labels">The rows.</param>
    /// <param name="spans">What was judged.</param>
    /// <param name="seconds">From the left edge to the right one.</param>
    /// <param name="clock">What is written at a moment, given in seconds from the left edge.</param>
    public static string Draw(
        string title, string summary, IReadOnlyList<string> labels, IReadOnlyList<TimelineSpan> spans, double seconds, Func<double, string> clock)
    {
        var bottom = Top + (Row * labels.Count);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {bottom + 52}" width="{Width}" height="{bottom + 52}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">
            <title id="t">{Escaped(title)}</title>
            <desc id="d">{Escaped(string.Join(' ', spans.Select(span => span.Description)))}</desc>
            <rect width="{Width}" height="{bottom + 52}" fill="#fffefb"/>
            <text x="{Margin}" y="34" font-size="17" font-weight="600" fill="{Ink}">{Escaped(title)}</text>
            <text x="{Margin}" y="58" fill="{Soft}">{Escaped(summary)}</text>

            """);
        for (var row = 0; row < labels.Count; row++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""
                <rect x="{Left}" y="{Top + (row * Row)}" width="{Width - Left - Right}" height="{Row - 4}" fill="#f1efe9" rx="4"/>
                <text x="{Left - 10}" y="{Top + (row * Row) + 20}" text-anchor="end" fill="{Ink}">{Escaped(labels[row])}</text>

                """);
        }

        foreach (var span in spans)
        {
            DrawSpan(svg, labels, span, seconds);
        }

        for (var tick = 0; tick <= Ticks; tick++)
        {
            var at = seconds * tick / Ticks;
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(at, seconds):0.#}\" y=\"{bottom + 20}\" text-anchor=\"middle\" fill=\"{Soft}\">{Escaped(clock(at))}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawSpan(StringBuilder svg, IReadOnlyList<string> labels, TimelineSpan span, double seconds)
    {
        var x = X(span.Start, seconds);
        var width = Math.Max(1, X(span.End, seconds) - x);
        svg.Append(CultureInfo.InvariantCulture, $"<g><title>{Escaped(span.Description)}</title>\n");
        for (var row = 0; row < labels.Count; row++)
        {
            var frame = labels[row] == span.Emotion ? " stroke=\"#b3261e\" stroke-width=\"1.5\"" : "";
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{Top + (row * Row)}\" width=\"{width:0.#}\" height=\"{Row - 4}\" fill=\"#1f4e87\" fill-opacity=\"{span.Probabilities[row]:0.##}\"{frame}/>\n");
        }

        svg.Append("</g>\n");
    }

    private static double X(double at, double seconds) => Left + ((Width - Left - Right) * at / seconds);

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
