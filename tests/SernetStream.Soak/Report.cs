using System.Globalization;

namespace SernetStream.Soak;

/// <summary>
/// The result of a soak: a table of figures, printed at once, and failures. A target is for a quiet machine; missing it is
/// reported but is no failure. A requirement must hold on any machine.
/// </summary>
internal sealed class Report(string title, TextWriter output)
{
    private readonly List<string> _failures = [];

    /// <summary>Requirements that do not hold, as sentences.</summary>
    public IReadOnlyList<string> Failures => _failures;

    public void Begin() => output.WriteLine($"\n== {title}");

    public void Note(string text) => output.WriteLine($"   {text}");

    public void Figure(string name, double value, string unit, string format = "0.##") =>
        output.WriteLine(Line(name, value, unit, format));

    /// <summary>A figure with a target it should not exceed on a quiet machine.</summary>
    public void Target(string name, double value, string unit, double most, string format = "0.##") => output.WriteLine(
        Line(name, value, unit, format)
        + string.Create(CultureInfo.InvariantCulture, $"   target {most:0.####}: {(value <= most ? "met" : "MISSED")}"));

    /// <summary>Something that must hold on any machine.</summary>
    public void Require(bool holds, string sentence)
    {
        output.WriteLine($"   {(holds ? "ok    " : "FAILED")} {sentence}");
        if (!holds)
        {
            _failures.Add(sentence);
        }
    }

    /// <summary>Prints the result.</summary>
    public bool End()
    {
        output.WriteLine(_failures.Count == 0 ? $"   {title}: holds" : $"   {title}: {_failures.Count} FAILED");
        return _failures.Count == 0;
    }

    private static string Line(string name, double value, string unit, string format) =>
        $"   {name,-58} {value.ToString(format, CultureInfo.InvariantCulture),12} {unit}";
}
