using SernetStream.Configuration.Yaml;

namespace SernetStream.Configuration.Reference;

/// <summary>The configuration file for people: every setting, commented out, with its default.</summary>
internal static class ConfigurationTemplate
{
    public static void Write(TextWriter output)
    {
        output.Write(
            """
            # yaml-language-server: $schema=sernetd.schema.json
            #
            # Configuration of sernetd. Made by 'sernetd config template'. Every line shows a default: remove its '#' to
            # change it. 'sernetd config check FILE' lists all faults, 'sernetd config print' the current values.
            # Environment variables (SERNET_NODE, SERNET_MQTT_BROKER, ...) override this file, and the command line overrides both.

            """.ReplaceLineEndings("\n"));
        foreach (var (name, title) in Settings.Sections)
        {
            output.Write('\n');
            foreach (var line in YamlText.Comment(title, ""))
            {
                output.Write($"{line}\n");
            }

            var indent = "";
            if (name.Length > 0)
            {
                output.Write($"{name}:\n");
                indent = "  ";
            }

            WriteSection(output, name, indent);
        }

        output.Write(
            $"""

            # Rooms, if there are more than one (docs/user/rooms.md): each has a name, a device, and what differs there from the above.
            #  kitchen:
            #    device: hw:1
            #    gate:
            #      open: 0.6
            {Settings.RoomsKey}:

            # Plugins: a name loads the plugin; the lines below the name are its settings (docs/user/plugins.md).
            {Settings.PluginsKey}:

            """.ReplaceLineEndings("\n"));
    }

    private static void WriteSection(TextWriter output, string section, string indent)
    {
        var isFirst = true;
        foreach (var setting in Settings.All.Where(setting => setting.Section == section))
        {
            if (!isFirst || section.Length == 0)
            {
                output.Write('\n');
            }

            isFirst = false;
            var range = setting is TextSetting ? "" : $" It must be {setting.Range}.";
            foreach (var line in YamlText.Comment(setting.Help + range, indent))
            {
                output.Write($"{line}\n");
            }

            output.Write($"{indent}#{setting.Name}: {YamlText.Scalar(setting.DefaultText)}\n");
        }
    }
}
