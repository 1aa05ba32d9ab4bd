using System.Text.Json;

namespace SernetStream.Mqtt.HomeAssistant;

/// <summary>What Home Assistant sees of the room and of the node.</summary>
internal static class ObservedComponents
{
    private static readonly string[] EventTypes =
        [EmotionEventJson.KindName(EmotionEventKind.Change), EmotionEventJson.KindName(EmotionEventKind.Final)];

    private static readonly Component Level = new("level", "sensor", "Level", WriteLevel);

    private static readonly IReadOnlyList<Component> Always =
    [
        new("emotion", "sensor", "Emotion", WriteEmotion),
        new("confidence", "sensor", "Confidence", WriteConfidence),
        new("arousal", "sensor", "Arousal", WriteArousal),
        new("speech", "binary_sensor", "Speech", WriteSpeech),
        new("change", "event", "Change", WriteChange),
        new("microphone", "binary_sensor", "Microphone", WriteMicrophone),
        new("latency", "sensor", "Latency", WriteLatency),
        new("lost", "sensor", "Lost audio", WriteLost),
        new("started", "sensor", "Started", WriteStarted),
    ];

    /// <summary>Those of a node; not every one publishes the level.</summary>
    public static IEnumerable<Component> Of(MqttOptions options) =>
        options.LevelInterval > TimeSpan.Zero ? Always.Append(Level) : Always;

    /// <summary>Those of a house, which hears nothing itself.</summary>
    public static IReadOnlyList<Component> OfHouse => field ??= [.. Always.Where(component => component.Id is "lost" or "started")];

    private static void WriteEmotion(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("device_class"u8, "enum");
        JsonObject.WriteTexts(writer, "options"u8, MqttState.Emotions(announced.Node.Labels));
        writer.WriteString("state_topic"u8, announced.Topics.State);
        writer.WriteString("value_template"u8, "{{ value_json.emotion }}");
        writer.WriteString("json_attributes_topic"u8, announced.Topics.Attributes);
        writer.WriteString("icon"u8, "mdi:emoticon-outline");
    }

    private static void WriteConfidence(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("state_class"u8, "measurement");
        writer.WriteString("unit_of_measurement"u8, "%");
        writer.WriteNumber("suggested_display_precision"u8, 0);
        writer.WriteString("state_topic"u8, announced.Topics.State);
        writer.WriteString("value_template"u8, "{{ (value_json.confidence * 100) | round(1) }}");
        writer.WriteString("icon"u8, "mdi:gauge");
    }

    /// <remarks>Where it is null the template says <c>None</c>, which Home Assistant takes for unknown.</remarks>
    private static void WriteArousal(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("state_class"u8, "measurement");
        writer.WriteNumber("suggested_display_precision"u8, 2);
        writer.WriteString("state_topic"u8, announced.Topics.Attributes);
        writer.WriteString("value_template"u8, "{{ value_json.arousal }}");
        writer.WriteString("icon"u8, "mdi:pulse");
    }

    private static void WriteSpeech(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("device_class"u8, "sound");
        writer.WriteString("state_topic"u8, announced.Topics.State);
        writer.WriteString("value_template"u8, "{{ value_json.speech }}");
        writer.WriteString("icon"u8, "mdi:account-voice");
    }

    private static void WriteChange(Utf8JsonWriter writer, Announced announced)
    {
        JsonObject.WriteTexts(writer, "event_types"u8, EventTypes);
        writer.WriteString("state_topic"u8, announced.Topics.Event);
        writer.WriteString("icon"u8, "mdi:swap-horizontal");
    }

    /// <remarks>Where there is no microphone the template says <c>None</c>, which Home Assistant takes for unknown.</remarks>
    private static void WriteMicrophone(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("device_class"u8, "connectivity");
        writer.WriteString("json_attributes_topic"u8, announced.Topics.Health);
        writer.WriteString("json_attributes_template"u8, "{{ {'state': value_json.microphone | default(none)} | tojson }}");
        WriteDiagnostic(
            writer, announced,
            "{{ None if value_json.microphone is not defined else 'ON' if value_json.microphone == 'works' else 'OFF' }}");
    }

    /// <remarks>
    /// Home Assistant has no device class for dB below full scale. Where it is null the template says <c>None</c>, which
    /// it takes for unknown.
    /// </remarks>
    private static void WriteLevel(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("entity_category"u8, "diagnostic");
        writer.WriteString("state_class"u8, "measurement");
        writer.WriteString("unit_of_measurement"u8, "dBFS");
        writer.WriteNumber("suggested_display_precision"u8, 0);
        writer.WriteString("state_topic"u8, announced.Topics.Level);
        writer.WriteString("value_template"u8, "{{ value_json.level }}");
        writer.WriteString("icon"u8, "mdi:volume-medium");
    }

    private static void WriteLatency(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("device_class"u8, "duration");
        writer.WriteString("state_class"u8, "measurement");
        writer.WriteString("unit_of_measurement"u8, "ms");
        WriteDiagnostic(writer, announced, "{{ value_json.latencyMs.p95 }}");
    }

    private static void WriteLost(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("device_class"u8, "duration");
        writer.WriteString("state_class"u8, "total_increasing");
        writer.WriteString("unit_of_measurement"u8, "ms");
        WriteDiagnostic(writer, announced, "{{ value_json.lostMs }}");
    }

    private static void WriteStarted(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("device_class"u8, "timestamp");
        WriteDiagnostic(writer, announced, "{{ value_json.started }}");
    }

    private static void WriteDiagnostic(Utf8JsonWriter writer, Announced announced, string template)
    {
        writer.WriteString("entity_category"u8, "diagnostic");
        writer.WriteString("state_topic"u8, announced.Topics.Health);
        writer.WriteString("value_template"u8, template);
    }
}
