using System.Globalization;
using System.Net;
using System.Text;
using SernetStream.Evaluation.Scores;

namespace SernetStream.Evaluation.Plots;

/// <summary>
/// A reliability diagram as an SVG picture that needs nothing else: for each bin of confidence a bar as high as its accuracy,
/// a mark where it should be, and below how many answers it has. Readers of screens get a title and a description.
/// </summary>
internal static class ReliabilityPlot
{
    private const int Side = 420;
    private const int Counts = 70;
    private const int Left = 72;
    private const int Top = 100;
    private const int Margin = 28;
    private const int Between = 40;
    private const string Ink = "#22252a";
    private const string Soft = "#5c626b";

    /// <summary>Draws it.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="scores">The answers.</param>
    public static string Draw(string title, CertaintyScores scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        var (width, height) = (Left + Side + Margin, Top + Side + Between + Counts + Margin + 12);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">
            <title id="t">{Escaped(title)}</title>
            <desc id="d">{Escaped(Describe(scores))}</desc>
            <rect width="{width}" height="{height}" fill="#fffefb"/>
            <text x="{Margin}" y="34" font-size="17" font-weight="600" fill="{Ink}">{Escaped(title)}</text>
            <text x="{Margin}" y="58" fill="{Soft}">{Escaped(Summary(scores))}</text>
            <rect x="{Left}" y="{Top}" width="{Side}" height="{Side}" fill="#f1efe9" rx="6"/>

            """);
        var bins = scores.Bins;
        var most = Math.Max(1, bins.Max(bin => bin.Count));
        foreach (var bin in bins.Where(bin => bin.Count > 0))
        {
            DrawBin(svg, bin, most);
        }

        svg.Append(CultureInfo.InvariantCulture, $"""
            <path d="M{Left} {Top + Side}L{Left + Side} {Top}" stroke="{Soft}" stroke-dasharray="5 5" fill="none"/>
            <text x="{Left + Side}" y="{Top + Side + 32}" text-anchor="end" fill="{Soft}">confidence →</text>
            <text x="{Left - 10}" y="{Top - 10}" text-anchor="end" fill="{Soft}">right ↑</text>
            <text x="{Left}" y="{Top + Side + Between + Counts + 18}" fill="{Soft}">answers, {most} at most</text>

            """);
        for (var tick = 0; tick <= 5; tick++)
        {
            var share = tick / 5.0;
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(share):0}\" y=\"{Top + Side + 16}\" text-anchor=\"middle\" fill=\"{Ink}\">{share:0.0}</text>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 10}\" y=\"{Y(share) + 4:0}\" text-anchor=\"end\" fill=\"{Ink}\">{share:0.0}</text>\n");
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawBin(StringBuilder svg, ReliabilityBin bin, int most)
    {
        var (x, width) = (X(bin.From) + 1, (Side / (double)CertaintyScores.BinCount) - 2);
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{Y(bin.Accuracy):0.#}\" width=\"{width:0.#}\" height=\"{Side * bin.Accuracy:0.#}\" rx=\"3\" fill=\"#1f4e87\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{X(bin.Confidence):0.#}\" cy=\"{Y(bin.Confidence):0.#}\" r=\"4\" fill=\"#fffefb\" stroke=\"#b3261e\" stroke-width=\"2\"/>\n");
        var high = Counts * (double)bin.Count / most;
        svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.#}\" y=\"{Top + Side + Between + Counts - high:0.#}\" width=\"{width:0.#}\" height=\"{high:0.#}\" fill=\"#8a9099\"><title>{bin.Count}</title></rect>\n");
    }

    private static string Summary(CertaintyScores scores) => string.Create(
        CultureInfo.InvariantCulture,
        $"{scores.Count} answers, calibration error {scores.ExpectedCalibrationError:0.000}; each bar should end at its circle");

    private static string Describe(CertaintyScores scores) => string.Join(' ', scores.Bins.Where(bin => bin.Count > 0).Select(bin => string.Create(
        CultureInfo.InvariantCulture,
        $"Confidence {bin.From:0.00} to {bin.To:0.00}: {100 * bin.Accuracy:0} % of {bin.Count} right.")));

    private static double X(double share) => Left + (Side * share);

    private static double Y(double share) => Top + (Side * (1 - share));

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
