using System.Globalization;
using System.Net;
using System.Text;

namespace SernetStream.Evaluation.Plots;

/// <summary>
/// A confusion matrix as an SVG picture that needs nothing else: a row for each true label, shaded by its share, with
/// percent and count in each cell. Readers of screens get a title and a description.
/// </summary>
internal static class ConfusionPlot
{
    private const int Cell = 76;
    private const int Left = 128;
    private const int Top = 96;
    private const int Margin = 28;

    /// <summary>Draws it.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="labels">The labels, in the order of rows and columns.</param>
    /// <param name="counts">[true label, said label].</param>
    /// <exception cref="ArgumentException">There are not as many rows and columns as labels.</exception>
    public static string Draw(string title, IReadOnlyList<string> labels, int[,] counts)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.GetLength(0) != labels.Count || counts.GetLength(1) != labels.Count)
        {
            throw new ArgumentException($"counts is {counts.GetLength(0)} × {counts.GetLength(1)}; there are {labels.Count} labels.", nameof(counts));
        }

        var (width, height) = (Left + (labels.Count * Cell) + Margin, Top + (labels.Count * Cell) + Margin + 24);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">
            <title id="t">{Escaped(title)}</title>
            <desc id="d">{Escaped(Describe(labels, counts))}</desc>
            <rect width="{width}" height="{height}" fill="#fffefb"/>
            <text x="{Margin}" y="34" font-size="17" font-weight="600" fill="#22252a">{Escaped(title)}</text>
            <text x="{Left}" y="58" fill="#5c626b">said →</text>
            <text x="{Left - 12}" y="{Top - 10}" text-anchor="end" fill="#5c626b">true ↓</text>

            """);
        for (var i = 0; i < labels.Count; i++)
        {
            var (x, y) = (Left + (i * Cell) + (Cell / 2), Top + (i * Cell) + (Cell / 2) + 4);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x}\" y=\"{Top - 10}\" text-anchor=\"middle\" fill=\"#22252a\">{Escaped(Short(labels[i]))}</text>\n");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 12}\" y=\"{y}\" text-anchor=\"end\" fill=\"#22252a\">{Escaped(labels[i])}</text>\n");
        }

        for (var row = 0; row < labels.Count; row++)
        {
            DrawRow(svg, counts, row, labels.Count);
        }

        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawRow(StringBuilder svg, int[,] counts, int row, int length)
    {
        var total = Total(counts, row, length);
        for (var column = 0; column < length; column++)
        {
            var count = counts[row, column];
            var share = total == 0 ? 0 : (double)count / total;
            var (x, y) = (Left + (column * Cell), Top + (row * Cell));
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x}\" y=\"{y}\" width=\"{Cell - 2}\" height=\"{Cell - 2}\" rx=\"6\" fill=\"{Shade(share)}\"/>\n");
            if (count > 0)
            {
                var ink = share > 0.45 ? "#ffffff" : "#22252a";
                var middle = x + (Cell / 2) - 1;
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{middle}\" y=\"{y + 36}\" text-anchor=\"middle\" font-weight=\"600\" fill=\"{ink}\">{100 * share:0} %</text>\n");
                svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{middle}\" y=\"{y + 54}\" text-anchor=\"middle\" font-size=\"11\" fill=\"{ink}\">{count}</text>\n");
            }
        }
    }

    /// <summary>From the paper's colour to a deep blue; dark enough for white ink above 45 %.</summary>
    private static string Shade(double share)
    {
        var t = share <= 0 ? 0 : 0.08 + (0.92 * share);
        int Between(int from, int to) => (int)Math.Round(from + ((to - from) * Math.Min(1, t * 1.25)));
        return $"#{Between(0xF1, 0x1F):x2}{Between(0xEF, 0x4E):x2}{Between(0xE9, 0x87):x2}";
    }

    private static string Describe(IReadOnlyList<string> labels, int[,] counts) => string.Join(' ', labels.Select((label, row) =>
    {
        var total = Total(counts, row, labels.Count);
        var right = counts[row, row];
        return string.Create(CultureInfo.InvariantCulture, $"{label}: {right} of {total} right.");
    }));

    private static int Total(int[,] counts, int row, int length) => Enumerable.Range(0, length).Sum(column => counts[row, column]);

    private static string Short(string label) => label.Length <= 10 ? label : label[..9] + "…";

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
