using System.Collections.Frozen;
using System.Text.Json;

namespace SernetStream.Mqtt.HomeAssistant;

/// <summary>
/// The discovery message in fewer bytes, for brokers that take no large ones: with the abbreviated keys of Home Assistant
/// (https://www.home-assistant.io/integrations/mqtt/#supported-abbreviations-in-mqtt-discovery-messages) and without icons.
/// </summary>
internal static class HomeAssistantShortForm
{
    private const string Icon = "icon";

    private static readonly FrozenDictionary<string, string> Abbreviations = new Dictionary<string, string>
    {
        ["availability_topic"] = "avty_t",
        ["command_topic"] = "cmd_t",
        ["default_entity_id"] = "def_ent_id",
        ["device_class"] = "dev_cla",
        ["entity_category"] = "ent_cat",
        ["event_types"] = "evt_typ",
        ["json_attributes_topic"] = "json_attr_t",
        ["options"] = "ops",
        ["state_class"] = "stat_cla",
        ["state_topic"] = "stat_t",
        ["suggested_display_precision"] = "sug_dsp_prc",
        ["unique_id"] = "uniq_id",
        ["unit_of_measurement"] = "unit_of_meas",
        ["value_template"] = "val_tpl",
    }.ToFrozenDictionary();

    /// <summary>The same message, shorter.</summary>
    public static byte[] Of(byte[] message)
    {
        using var document = JsonDocument.Parse(message);
        return JsonObject.ToUtf8(writer =>
        {
            foreach (var property in document.RootElement.EnumerateObject())
            {
                Write(writer, property);
            }
        });
    }

    private static void Write(Utf8JsonWriter writer, JsonProperty property)
    {
        if (property.Name == Icon)
        {
            return;
        }

        writer.WritePropertyName(Abbreviations.GetValueOrDefault(property.Name, property.Name));
        if (property.Value.ValueKind != JsonValueKind.Object)
        {
            property.Value.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        foreach (var inner in property.Value.EnumerateObject())
        {
            Write(writer, inner);
        }

        writer.WriteEndObject();
    }
}
