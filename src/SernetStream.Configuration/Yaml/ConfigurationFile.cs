using System.Text;

namespace SernetStream.Configuration.Yaml;

/// <summary>The configuration file as keys, texts and lines.</summary>
internal static class ConfigurationFile
{
    private const int LongestFile = 1 << 20;

    /// <summary>Reads what a file says, in its order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problems">Takes what cannot be a value, beside what can.</param>
    /// <exception cref="YamlFormatException">It is no YAML, or no text.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static IReadOnlyList<Assignment> Read(string path, ProblemList problems)
    {
        var said = new List<Assignment>();
        Flatten(YamlReader.Read(ReadText(path)), "", said.Add, (origin, problem) => problems.Add(origin, problem), path);
        return said;
    }

    private static string ReadText(string path)
    {
        try
        {
            return BoundedText.Read(path, LongestFile)
                ?? throw new YamlFormatException(1, $"this is longer than {LongestFile / 1024} KiB; it is not a configuration.");
        }
        catch (DecoderFallbackException)
        {
            throw new YamlFormatException(1, "this is not UTF-8 text.");
        }
    }

    private static void Flatten(
        YamlSection section, string prefix, Action<Assignment> take, Action<Origin, string> refuse, string path)
    {
        foreach (var (name, line, value) in section.Entries)
        {
            var key = prefix + name;
            switch (value)
            {
                case not null when prefix == $"{Settings.RoomsKey}." && name.Contains('.', StringComparison.Ordinal):
                    refuse(new Origin(key, path, line), $"The room's name '{name}' has a dot in it, which would be a level of settings; write it without.");
                    break;
                case YamlList when key == Settings.RoomsKey:
                    refuse(new Origin(key, path, line), $"{key} is a list; write the name of each room with a colon, and its settings below it.");
                    break;
                case YamlSection inner:
                    Flatten(inner, key + ".", take, refuse, path);
                    break;
                case YamlScalar { IsNull: true } when Settings.IsSection(key):
                    // All of a section's lines are commented out.
                    break;
                case YamlScalar scalar:
                    take(new Assignment(key, scalar.IsNull ? "" : scalar.Text, new Origin(key, path, line)));
                    break;
                case YamlList list when key.StartsWith(Settings.PluginsKey + ".", StringComparison.Ordinal):
                    Flatten(Numbered(list), key + ".", take, refuse, path);
                    break;
                default:
                    refuse(new Origin(key, path, line), $"{key} is a list; it must be one value.");
                    break;
            }
        }
    }

    /// <summary>A list as a section whose names are 0, 1, …, which is how plugins read it.</summary>
    private static YamlSection Numbered(YamlList list) => new(
        [.. list.Items.Select((item, index) => new YamlEntry($"{index}", item.Line, item))], list.Line);
}
