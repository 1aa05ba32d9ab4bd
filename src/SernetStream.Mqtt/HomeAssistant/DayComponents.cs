using System.Text.Json;

namespace SernetStream.Mqtt.HomeAssistant;

/// <summary>How long each emotion has lasted today: sensors of which Home Assistant makes long-term statistics.</summary>
internal static class DayComponents
{
    /// <summary>One for each emotion of a model, but not for the time in which nobody spoke.</summary>
    public static IEnumerable<Component> Of(IEnumerable<string> labels) =>
        MqttState.Emotions(labels).Where(emotion => emotion != EmotionLabel.None).Select(emotion => new Component(
            $"today_{emotion}", "sensor", $"Today: {emotion}", (writer, announced) => Write(writer, announced, emotion)));

    /// <remarks>
    /// A total with its last reset: Home Assistant then adds up the days itself, and takes a smaller number for a new day
    /// only when the reset says so (https://developers.home-assistant.io/docs/core/entity/sensor/#long-term-statistics).
    /// </remarks>
    private static void Write(Utf8JsonWriter writer, Announced announced, string emotion)
    {
        writer.WriteString("device_class"u8, "duration");
        writer.WriteString("state_class"u8, "total");
        writer.WriteString("unit_of_measurement"u8, "min");
        writer.WriteNumber("suggested_display_precision"u8, 0);
        writer.WriteString("state_topic"u8, announced.Topics.Today);
        writer.WriteString("value_template"u8, $"{{{{ (value_json.seconds['{emotion}'] | default(0) / 60) | round(1) }}}}");
        writer.WriteString("last_reset_value_template"u8, "{{ value_json.since }}");
        writer.WriteString("icon"u8, "mdi:timer-outline");
    }
}
