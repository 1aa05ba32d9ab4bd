using System.Text;

namespace SernetStream.Configuration.Yaml;

/// <summary>Writes text that people will read and edit.</summary>
internal static class YamlText
{
    private const int LineWidth = 100;

    /// <summary>A text as one YAML scalar, in quotes only where YAML would read something else.</summary>
    public static string Scalar(string text)
    {
        var isPlain = text.Length > 0
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/' or '+' or '@' or ':' or ' ')
            && (char.IsAsciiLetterOrDigit(text[0]) || text[0] is '/' or '.')
            && text[^1] is not ' ' and not ':'
            && !text.Contains(": ", StringComparison.Ordinal)
            && text is not ("null" or "Null" or "NULL");
        return isPlain ? text : Quoted(text);
    }

    /// <summary>Sentences as comment lines of bounded width.</summary>
    public static IEnumerable<string> Comment(string text, string indent)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && indent.Length + 2 + line.Length + 1 + word.Length > LineWidth)
            {
                yield return $"{indent}# {line}";
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        yield return $"{indent}# {line}";
    }

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                _ when char.IsControl(c) => quoted.Append($"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }
}
