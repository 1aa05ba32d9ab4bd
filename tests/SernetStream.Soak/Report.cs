using System.Globalization;

namespace SernetStream.Soak;

/// <summary>
/// What a soak found: a table of figures, printed as they come, and what should not have been. A target is a figure of
/// a quiet machine; missing it is said, and is no failure. What must hold on any machine is required.
/// </summary>
internal sealed class Report(string title, TextWriter output)
{
    private readonly List<string> _failures = [];

    /// <summary>What was required and does not hold, as sentences.</summary>
    public IReadOnlyList<string> Failures => _failures;

    public void Begin() => output.WriteLine($"\n== {title}");

    public void Note(string text) => output.WriteLine($"   {text}");

    public void Figure(string name, double value, string unit, string format = "0.##") =>
        output.WriteLine(Line(name, value, unit, format));

    /// <summary>A figure with a target it should not exceed on a quiet machine.</summary>
    public void Target(string name, double value, string unit, double most, string format = "0.##") => output.WriteLine(
        Line(name, value, unit, format)
        + string.Create(CultureInfo.InvariantCulture, $"   target {most:0.####}: {(value <= most ? "met" : "MISSED")}"));

    /// <summary>Something that must hold.</summary>
    public void Require(bool holds, string sentence)
    {
        output.WriteLine($"   {(holds ? "ok    " : "FAILED")} {sentence}");
        if (!holds)
        {
            _failures.Add(sentence);
        }
    }

    /// <summary>The end of it.</summary>
    public bool End()
    {
        output.WriteLine(_failures.Count == 0 ? $"   {title}: holds" : $"   {title}: {_failures.Count} FAILED");
        return _failures.Count == 0;
    }

    private static string Line(string name, double value, string unit, string format) =>
        $"   {name,-58} {value.ToString(format, CultureInfo.InvariantCulture),12} {unit}";
}
