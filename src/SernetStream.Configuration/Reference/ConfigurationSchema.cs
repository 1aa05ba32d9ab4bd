using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SernetStream.Configuration.Reference;

/// <summary>The JSON schema (draft 7, which editors know) of the configuration file.</summary>
internal static class ConfigurationSchema
{
    public static void Write(TextWriter output)
    {
        using var buffer = new MemoryStream();
        var options = new JsonWriterOptions
        {
            Indented = true,
            NewLine = "\n",
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            writer.WriteStartObject();
            writer.WriteString("$schema"u8, "http://json-schema.org/draft-07/schema#");
            writer.WriteString("title"u8, "Configuration of sernetd");
            WriteObject(writer, () =>
            {
                WriteSettings(writer, "");
                foreach (var (name, title) in Settings.Sections.Where(section => section.Name.Length > 0))
                {
                    writer.WriteStartObject(name);
                    writer.WriteString("description"u8, title);
                    WriteObject(writer, () => WriteSettings(writer, name));
                    writer.WriteEndObject();
                }

                WriteRooms(writer);
                WritePlugins(writer);
            });
            writer.WriteEndObject();
        }

        output.Write(Encoding.UTF8.GetString(buffer.ToArray()));
        output.Write('\n');
    }

    private static void WriteObject(Utf8JsonWriter writer, Action writeProperties)
    {
        JsonObject.WriteTexts(writer, "type"u8, ["object", "null"]);
        writer.WriteBoolean("additionalProperties"u8, false);
        writer.WriteStartObject("properties"u8);
        writeProperties();
        writer.WriteEndObject();
    }

    private static void WriteSettings(Utf8JsonWriter writer, string section, Func<Setting, bool>? which = null)
    {
        foreach (var setting in Settings.All.Where(setting => setting.Section == section && which?.Invoke(setting) != false))
        {
            writer.WriteStartObject(setting.Name);
            writer.WriteString("description"u8, setting.Help);
            setting.WriteSchema(writer);
            writer.WriteEndObject();
        }
    }

    private static void WriteRooms(Utf8JsonWriter writer)
    {
        writer.WriteStartObject(Settings.RoomsKey);
        writer.WriteString("description"u8, "Rooms, each with a source of its own, and what else differs there from the top level.");
        JsonObject.WriteTexts(writer, "type"u8, ["object", "null"]);
        writer.WriteStartObject("additionalProperties"u8);
        WriteObject(writer, () =>
        {
            WriteSettings(writer, "", Settings.IsOfRoom);
            foreach (var name in Settings.All.Where(Settings.IsOfRoom).Select(setting => setting.Section).Where(name => name.Length > 0).Distinct())
            {
                writer.WriteStartObject(name);
                WriteObject(writer, () => WriteSettings(writer, name, Settings.IsOfRoom));
                writer.WriteEndObject();
            }
        });
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WritePlugins(Utf8JsonWriter writer)
    {
        writer.WriteStartObject(Settings.PluginsKey);
        writer.WriteString("description"u8, "Plugins to load, each with its own section.");
        JsonObject.WriteTexts(writer, "type"u8, ["object", "null"]);
        writer.WriteEndObject();
    }
}
