using System.Text.Json;
using Microsoft.Extensions.Logging;
using SernetStream.Publishing;

namespace SernetStream.Mqtt.HomeAssistant;

/// <summary>
/// The device-based discovery message of Home Assistant: one device with its origin, availability and components
/// (https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload; default_entity_id since 2025.10).
/// </summary>
/// <remarks>
/// Topic and ids hang on the device id alone, so a node that gets another name stays the same device there, with its
/// history and what people have set up for it; only names and topics change.
/// </remarks>
internal static class HomeAssistantDiscovery
{
    /// <summary>The component that says what came of a label; it is there only where something is learnt.</summary>
    public const string FeedbackId = "feedback";

    private static readonly string[] EventTypes =
        [EmotionEventJson.KindName(EmotionEventKind.Change), EmotionEventJson.KindName(EmotionEventKind.Final)];

    private static readonly Component[] Observed =
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

    private static readonly Component[] Controlled =
    [
        new("mute", "switch", "Mute", WriteMute),
        new("half_life", "number", "Smoothing half-life", WriteHalfLife),
        new("threshold", "number", "Threshold", WriteThreshold),
        new("log_level", "select", "Log level", WriteLogLevel),
    ];

    private static readonly Component Sensitivity = new("sensitivity", "select", "Sensitivity", WriteSensitivity);

    /// <summary>What somebody is who feels so; other labels stand for themselves.</summary>
    private static readonly Dictionary<string, string> Feeling = new()
    {
        ["anger"] = "angry",
        ["boredom"] = "bored",
        ["disgust"] = "disgusted",
        ["fear"] = "afraid",
        ["happiness"] = "happy",
        ["sadness"] = "sad",
        ["surprise"] = "surprised",
    };

    private delegate void WriteOptions(Utf8JsonWriter writer, Announced announced);

    /// <summary>The components that are announced, with their platforms.</summary>
    public static IReadOnlyDictionary<string, string> Platforms(INodeControls? controls) =>
        Components(controls).ToDictionary(component => component.Id, component => component.Platform);

    /// <summary>What a level of the log is called there and in the commands.</summary>
    public static string LevelName(LogLevel level) =>
        level == LogLevel.Information ? "info" : level.ToString().ToLowerInvariant();

    /// <summary>The message.</summary>
    /// <param name="options">Names and ids.</param>
    /// <param name="topics">The node's topics.</param>
    /// <param name="node">What the node is.</param>
    /// <param name="controls">What the node can be told, and in which ranges; null for nothing.</param>
    /// <param name="removed">
    /// Components that were announced once and are no more, with their platforms: Home Assistant removes those of
    /// which nothing but the platform is said.
    /// </param>
    public static byte[] ToUtf8(
        MqttOptions options,
        MqttTopics topics,
        NodeDescription node,
        INodeControls? controls,
        IReadOnlyDictionary<string, string> removed) => JsonObject.ToUtf8(writer =>
    {
        var device = $"sernet_{options.EffectiveDeviceId}";
        WriteDevice(writer, device, options, node);
        writer.WriteStartObject("o"u8);
        writer.WriteString("name"u8, "SernetStream");
        writer.WriteString("sw"u8, node.Version);
        writer.WriteEndObject();
        writer.WriteString("availability_topic"u8, topics.Availability);
        writer.WriteNumber("qos"u8, options.Qos);
        writer.WriteStartObject("cmps"u8);
        var announced = new Announced(topics, node, controls);
        foreach (var component in Components(controls))
        {
            writer.WriteStartObject(component.Id);
            writer.WriteString("p"u8, component.Platform);
            writer.WriteString("name"u8, component.Name);
            writer.WriteString("unique_id"u8, $"{device}_{component.Id}");
            writer.WriteString("default_entity_id"u8, $"{component.Platform}.{EntityName(options)}_{component.Id}");
            component.Write(writer, announced);
            writer.WriteEndObject();
        }

        foreach (var (id, platform) in removed)
        {
            writer.WriteStartObject(id);
            writer.WriteString("p"u8, platform);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    });

    /// <summary>
    /// What entity ids begin with: the node's name as far as such an id can hold it, or else the device id.
    /// </summary>
    private static string EntityName(MqttOptions options)
    {
        var usable = string.Concat(options.Node.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        var name = string.Join('_', usable.Split('_', StringSplitOptions.RemoveEmptyEntries));
        return $"sernet_{(name.Length > 0 ? name : options.EffectiveDeviceId.ToLowerInvariant().Replace('-', '_'))}";
    }

    private static Component[] Components(INodeControls? controls) =>
        controls is null ? Observed :
        [
            .. Observed,
            .. Controlled,
            .. controls.Sensitivities.Count > 0 ? [Sensitivity] : Array.Empty<Component>(),
            .. controls.Feedback is { } feedback ? Taught(feedback) : [],
        ];

    private static IEnumerable<Component> Taught(INodeFeedback feedback) =>
    [
        new(FeedbackId, "sensor", "Feedback", WriteFeedback),
        .. feedback.Labels.Select(label => new Component(
            $"was_{label}", "button", $"This was {Feeling.GetValueOrDefault(label, label)}", (writer, announced) => WriteButton(writer, announced, label, "mdi:school"))),
        new("feedback_undo", "button", "Undo feedback", (writer, announced) => WriteButton(writer, announced, INodeFeedback.Undo, "mdi:undo")),
    ];

    private static void WriteDevice(Utf8JsonWriter writer, string device, MqttOptions options, NodeDescription node)
    {
        writer.WriteStartObject("dev"u8);
        writer.WriteStartArray("ids"u8);
        writer.WriteStringValue(device);
        writer.WriteEndArray();
        writer.WriteString("name"u8, $"SernetStream {options.Node}");
        writer.WriteString("mf"u8, "SernetStream");
        if (node.Model.Length > 0)
        {
            writer.WriteString("mdl"u8, node.Model);
        }

        writer.WriteString("sw"u8, node.Version);
        if (node.ConfigurationUrl is { } url)
        {
            writer.WriteString("cu"u8, url.AbsoluteUri);
        }

        writer.WriteEndObject();
    }

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

    private static void WriteMute(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("state_topic"u8, announced.Topics.Mute);
        writer.WriteString("command_topic"u8, MqttTopics.CommandOf(announced.Topics.Mute));
        writer.WriteString("icon"u8, "mdi:microphone-off");
    }

    private static void WriteHalfLife(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("device_class"u8, "duration");
        writer.WriteString("unit_of_measurement"u8, "s");
        WriteRange(writer, 0, NodeControlRange.LongestHalfLifeSeconds, step: 0.1);
        WriteControl(writer, announced.Topics.HalfLife, "mdi:sine-wave");
    }

    private static void WriteThreshold(Utf8JsonWriter writer, Announced announced)
    {
        WriteRange(writer, announced.Controls!.LowestEnterThreshold, 1, step: 0.01);
        WriteControl(writer, announced.Topics.Threshold, "mdi:tune-vertical");
    }

    /// <remarks>A threshold set by hand is none of the options: the template says <c>None</c>, which Home Assistant takes for unknown.</remarks>
    private static void WriteSensitivity(Utf8JsonWriter writer, Announced announced)
    {
        JsonObject.WriteTexts(writer, "options"u8, announced.Controls!.Sensitivities);
        writer.WriteString("value_template"u8, $"{{{{ None if value == '{NodeControlRange.CustomSensitivity}' else value }}}}");
        WriteControl(writer, announced.Topics.Sensitivity, "mdi:ear-hearing");
    }

    private static void WriteLogLevel(Utf8JsonWriter writer, Announced announced)
    {
        JsonObject.WriteTexts(writer, "options"u8, NodeControlRange.LogLevels.Select(LevelName));
        WriteControl(writer, announced.Topics.LogLevel, "mdi:text-box-search-outline");
    }

    /// <remarks>A state there has at most 255 characters.</remarks>
    private static void WriteFeedback(Utf8JsonWriter writer, Announced announced)
    {
        writer.WriteString("entity_category"u8, "diagnostic");
        writer.WriteString("state_topic"u8, announced.Topics.Feedback);
        writer.WriteString("value_template"u8, "{{ value[:255] }}");
        writer.WriteString("icon"u8, "mdi:school");
    }

    private static void WriteButton(Utf8JsonWriter writer, Announced announced, string word, string icon)
    {
        writer.WriteString("command_topic"u8, MqttTopics.CommandOf(announced.Topics.Feedback));
        writer.WriteString("payload_press"u8, word);
        writer.WriteString("icon"u8, icon);
    }

    private static void WriteRange(Utf8JsonWriter writer, double min, double max, double step)
    {
        writer.WriteNumber("min"u8, min);
        writer.WriteNumber("max"u8, max);
        writer.WriteNumber("step"u8, step);
        writer.WriteString("mode"u8, "box");
    }

    private static void WriteControl(Utf8JsonWriter writer, string topic, string icon)
    {
        writer.WriteString("entity_category"u8, "config");
        writer.WriteString("state_topic"u8, topic);
        writer.WriteString("command_topic"u8, MqttTopics.CommandOf(topic));
        writer.WriteString("icon"u8, icon);
    }

    /// <summary>What the components are written from.</summary>
    private sealed record Announced(MqttTopics Topics, NodeDescription Node, INodeControls? Controls);

    private sealed record Component(string Id, string Platform, string Name, WriteOptions Write);
}
