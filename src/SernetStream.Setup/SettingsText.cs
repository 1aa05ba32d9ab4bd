using System.Text.RegularExpressions;
using SernetStream.Configuration;
using SernetStream.Configuration.Yaml;

namespace SernetStream.Setup;

/// <summary>
/// The text of a configuration file in which single settings are changed, line by line: comments, order and everything
/// else stay as they are. A setting that is commented out, as all are in the template, takes the place of that line.
/// </summary>
internal sealed partial class SettingsText
{
    private const string Indent = "  ";

    private readonly string _newLine;
    private readonly List<string> _lines;

    /// <param name="text">The file's text; empty for a new file.</param>
    public SettingsText(string text)
    {
        _newLine = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        _lines = [.. text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')];
        if (_lines is [""])
        {
            _lines.Clear();
        }
    }

    /// <summary>The lines that were changed or added, in their order.</summary>
    public List<string> Changes { get; } = [];

    /// <summary>The text now.</summary>
    public override string ToString() => string.Concat(_lines.Select(line => line + _newLine));

    /// <summary>Sets a setting.</summary>
    /// <exception cref="CommandException">The file writes its section in another form.</exception>
    public void Set(Setting setting, string value)
    {
        if (setting.Section.Length == 0)
        {
            Put(0, _lines.Count, "", setting.Name, value, missing: _lines.Count);
            return;
        }

        var head = _lines.FindIndex(line => SectionHead(line, setting.Section));
        if (head < 0)
        {
            if (_lines.Exists(line => line.StartsWith($"{setting.Section}:", StringComparison.Ordinal)))
            {
                throw new CommandException(
                    ExitCode.Usage, $"The configuration file writes {setting.Section} in a form that setup cannot change; set {setting.Key}: {value} there by hand.");
            }

            _lines.Add($"{setting.Section}:");
            head = _lines.Count - 1;
        }

        var end = _lines.FindIndex(head + 1, line => line.Length > 0 && line[0] is not (' ' or '\t' or '#'));
        end = end < 0 ? _lines.Count : end;
        var first = _lines.Skip(head + 1).Take(end - head - 1).FirstOrDefault(line => Child().IsMatch(line));
        Put(head + 1, end, first is null ? Indent : Child().Match(first).Groups[1].Value, setting.Name, value, missing: head + 1);
    }

    private void Put(int begin, int end, string indent, string name, string value, int missing)
    {
        var scalar = YamlText.Scalar(value);
        var active = _lines.FindIndex(begin, end - begin, line => line.StartsWith($"{indent}{name}:", StringComparison.Ordinal));
        if (active >= 0)
        {
            // A comment behind the value stays.
            var comment = TrailingComment().Match(_lines[active][(indent.Length + name.Length + 1)..]).Groups[1].Value;
            Write(active, $"{indent}{name}: {scalar}{comment}");
            return;
        }

        var commented = _lines.FindIndex(begin, end - begin, line => line.StartsWith($"{indent}#{name}:", StringComparison.Ordinal));
        if (commented < 0)
        {
            _lines.Insert(missing, "");
            commented = missing;
        }

        Write(commented, $"{indent}{name}: {scalar}");
    }

    private void Write(int at, string line)
    {
        if (_lines[at] != line)
        {
            _lines[at] = line;
            Changes.Add(line);
        }
    }

    private static bool SectionHead(string line, string section) =>
        line.StartsWith($"{section}:", StringComparison.Ordinal) && EmptyRest().IsMatch(line[(section.Length + 1)..]);

    [GeneratedRegex("^([ \\t]+)[A-Za-z_]")]
    private static partial Regex Child();

    [GeneratedRegex("^\\s*(#.*)?$")]
    private static partial Regex EmptyRest();

    [GeneratedRegex("^(?:[ \\t]*(?:\"(?:[^\"\\\\]|\\\\.)*\"|'(?:[^']|'')*'|[^\"'#][^#]*?)?)([ \\t]+#.*)$")]
    private static partial Regex TrailingComment();
}
