namespace SernetStream.Configuration.Yaml;

/// <summary>A value of a YAML file, and the line it stands in (from 1).</summary>
internal abstract record YamlNode(int Line);

/// <summary>A word, a number, a text in quotes.</summary>
/// <param name="Text">What stands there, without quotes.</param>
/// <param name="IsNull">Nothing, <c>~</c> or <c>null</c>, not in quotes.</param>
/// <param name="Line">Where.</param>
internal sealed record YamlScalar(string Text, bool IsNull, int Line) : YamlNode(Line);

/// <summary>A list.</summary>
internal sealed record YamlList(IReadOnlyList<YamlNode> Items, int Line) : YamlNode(Line);

/// <summary>A section.</summary>
internal sealed record YamlSection(IReadOnlyList<YamlEntry> Entries, int Line) : YamlNode(Line);

/// <summary>A name in a section, the line of the name, and what it is.</summary>
internal sealed record YamlEntry(string Name, int Line, YamlNode Value);
