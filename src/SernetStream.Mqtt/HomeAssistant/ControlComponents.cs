using System.Text.Json;
using Microsoft.Extensions.Logging;
using SernetStream.Publishing;

namespace SernetStream.Mqtt.HomeAssistant;

/// <summary>What Home Assistant can change at the node, and teach it.</summary>
internal static class ControlComponents
{
    /// <summary>The component that says what came of a label; it is there only where something is learnt.</summary>
    public const string FeedbackId = "feedback";

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

    /// <summary>Those of a node; sensitivity and feedback are not there on every one.</summary>
    public static IEnumerable<Component> Of(INodeControls controls) =>
    [
        .. Controlled,
        .. controls.Sensitivities.Count > 0 ? [Sensitivity] : Array.Empty<Component>(),
        .. controls.Feedback is { } feedback ? Taught(feedback) : [],
    ];

    /// <summary>What a level of the log is called there and in the commands.</summary>
    public static string LevelName(LogLevel level) =>
        level == LogLevel.Information ? "info" : level.ToString().ToLowerInvariant();

    private static IEnumerable<Component> Taught(INodeFeedback feedback) =>
    [
        new(FeedbackId, "sensor", "Feedback", WriteFeedback),
        .. feedback.Labels.Select(label => new Component(
            $"was_{label}", "button", $"This was {Feeling.GetValueOrDefault(label, label)}", (writer, announced) => WriteButton(writer, announced, label, "mdi:school"))),
        new("feedback_undo", "button", "Undo feedback", (writer, announced) => WriteButton(writer, announced, INodeFeedback.Undo, "mdi:undo")),
    ];

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
}
