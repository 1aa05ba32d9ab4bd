using SernetStream.Configuration.Yaml;

namespace SernetStream.Configuration;

/// <summary>
/// Every setting with its current value, as a configuration file that says where each value comes from.
/// </summary>
internal static class EffectiveConfiguration
{
    private const int CommentColumn = 44;

    public static void Write(SettingValues values, TextWriter output)
    {
        foreach (var (name, _) in Settings.Sections)
        {
            var indent = "";
            if (name.Length > 0)
            {
                output.Write($"{name}:\n");
                indent = "  ";
            }

            foreach (var setting in Settings.All.Where(setting => setting.Section == name))
            {
                WriteLine(output, $"{indent}{setting.Name}: {YamlText.Scalar(Shown(values, setting))}", OriginOf(values, setting));
            }
        }

        if (values.Rooms.Count > 0)
        {
            output.Write($"{Settings.RoomsKey}:\n");
            values.Rooms.ToList().ForEach(room => WriteRoom(room, output));
        }

        output.Write($"{Settings.PluginsKey}:\n");
        foreach (var plugin in values.Plugins)
        {
            WriteLine(output, $"  {plugin.Name}:", plugin.Origin.ToString());
        }
    }

    /// <summary>What a room has of its own.</summary>
    private static void WriteRoom(RoomSettings room, TextWriter output)
    {
        WriteLine(output, $"  {YamlText.Scalar(room.Name)}:", room.Origin.ToString());
        var own = Settings.All.Where(setting => Settings.IsOfRoom(setting) && room.Values.OwnOriginOf(setting) is not null);
        foreach (var section in own.GroupBy(setting => setting.Section).OrderBy(section => section.Key.Length > 0))
        {
            if (section.Key.Length > 0)
            {
                output.Write($"    {section.Key}:\n");
            }

            var indent = section.Key.Length > 0 ? "      " : "    ";
            foreach (var setting in section)
            {
                WriteLine(output, $"{indent}{setting.Name}: {YamlText.Scalar(Shown(room.Values, setting))}", OriginOf(room.Values, setting));
            }
        }
    }

    /// <summary>A secret that stands in a variable has no file to name.</summary>
    private static string Shown(SettingValues values, Setting setting) =>
        setting is SecretSetting secret && values.OriginOf(setting)?.Name == secret.SecretVariable ? "" : values.TextOf(setting);

    /// <summary>Who said it; what is left empty and follows from something else is said here.</summary>
    private static string OriginOf(SettingValues values, Setting setting) => values.OriginOf(setting)?.ToString()
        ?? (setting.WhenEmpty is { } otherwise
            ? $"default, {otherwise(values)} with this model"
            : "default");

    private static void WriteLine(TextWriter output, string line, string origin) =>
        output.Write($"{line.PadRight(CommentColumn)} # {origin}\n");
}
