using System.Globalization;
using System.Net;
using System.Text;

namespace SernetStream.Evaluation.Plots;

/// <summary>
/// Recall of emotions against false emotions in ordinary speech, as an SVG picture that needs nothing else: false emotions across,
/// logarithmic, recall up. Readers of screens get a title and a description.
/// </summary>
internal static class RecallCurvePlot
{
    private const int Wide = 440;
    private const int High = 320;
    private const int Left = 60;
    private const int Top = 72;
    private const string Ink = "#22252a";
    private const string Soft = "#5c626b";

    /// <summary>Draws it.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="curve">False emotions in a hundred, growing from above 0, and the recall there, 0..1.</param>
    public static string Draw(string title, IReadOnlyList<(double Rate, double Recall)> curve)
    {
        ArgumentNullException.ThrowIfNull(curve);
        var (least, most) = (curve[0].Rate, curve[^1].Rate);
        double X(double rate) => Left + (Wide * Math.Log(rate / least) / Math.Log(most / least));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Left + Wide + 28} {Top + High + 52}" width="{Left + Wide + 28}" height="{Top + High + 52}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">
            <title id="t">{WebUtility.HtmlEncode(title)}</title>
            <desc id="d">{WebUtility.HtmlEncode(Describe(curve))}</desc>
            <rect width="100%" height="100%" fill="#fffefb"/>
            <text x="28" y="30" font-size="17" font-weight="600" fill="{Ink}">{WebUtility.HtmlEncode(title)}</text>
            <text x="28" y="54" fill="{Soft}">recall of emotions, %</text>
            <rect x="{Left}" y="{Top}" width="{Wide}" height="{High}" fill="#f1efe9" rx="6"/>
            <text x="{Left + Wide}" y="{Top + High + 40}" text-anchor="end" fill="{Soft}">ordinary utterances that are given an emotion, in 100 →</text>

            """);
        foreach (var (rate, _) in curve.Where(point => point.Rate is 0.5 or 1 or 2 or 5 or 10 or 20 or 50))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{X(rate):0.#} {Top}V{Top + High}\" stroke=\"{Soft}\"{(rate == 5 ? "" : " stroke-dasharray=\"2 5\"")}/>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(rate):0.#}\" y=\"{Top + High + 18}\" text-anchor=\"middle\" fill=\"{Ink}\">{rate}</text>\n");
        }

        for (var recall = 0; recall <= 100; recall += 20)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{Y(recall / 100.0) + 4:0.#}\" text-anchor=\"end\" fill=\"{Ink}\">{recall}</text>\n");
        }

        var points = string.Join(' ', curve.Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.Rate):0.#},{Y(point.Recall):0.#}")));
        return svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"#1f4e87\" stroke-width=\"2.5\"/>\n</svg>\n").ToString();
    }

    private static string Describe(IReadOnlyList<(double Rate, double Recall)> curve) => string.Join(' ', curve.Select(point => string.Create(
        CultureInfo.InvariantCulture, $"{point.Rate} in 100: {100 * point.Recall:0} %.")));

    private static double Y(double recall) => Top + (High * (1 - recall));
}
