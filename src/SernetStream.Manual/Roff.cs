namespace SernetStream.Manual;

/// <summary>Writes the few macros of man(7) that a manual page needs; text is escaped.</summary>
internal sealed class Roff(TextWriter output)
{
    public void Title(string name, int section) =>
        Line($".TH {name} {section} \"\" \"{Escape($"sernetd {ProductVersion.Text}")}\" \"User Commands\"");

    public void Section(string name) => Line($".SH {name}");

    public void Subsection(string name) => Line($".SS \"{Escape(name)}\"");

    /// <summary>A paragraph of plain text.</summary>
    public void Paragraph(string text)
    {
        Line(".PP");
        Text(text);
    }

    /// <summary>A term in bold, its value in italics, and what they mean.</summary>
    public void Term(string term, string value, string meaning)
    {
        Line(".TP");
        Line(value.Length == 0 ? $"\\fB{Escape(term)}\\fR" : $"\\fB{Escape(term)}\\fR \\fI{Escape(value)}\\fR");
        Text(meaning);
    }

    /// <summary>A line as it would be typed.</summary>
    public void Example(string line)
    {
        Line(".PP");
        Line(".EX");
        Text(line);
        Line(".EE");
    }

    /// <summary>Text as it is.</summary>
    public void Text(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            // A dot or an apostrophe at the beginning of a line would be a macro.
            Line(line is ['.' or '\'', ..] ? "\\&" + Escape(line) : Escape(line));
        }
    }

    /// <summary>A hyphen that is to be typed is a minus; a backslash is one.</summary>
    private static string Escape(string text) => text
        .Replace("\\", "\\e", StringComparison.Ordinal)
        .Replace("-", "\\-", StringComparison.Ordinal)
        .Replace("…", "...", StringComparison.Ordinal)
        .Replace("\"", "\\(dq", StringComparison.Ordinal);

    private void Line(string line) => output.Write(line + "\n");
}
