using System.Text.Json;
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
    /// <summary>The components that are announced, with their platforms.</summary>
    public static IReadOnlyDictionary<string, string> Platforms(MqttOptions options, INodeControls? controls, IEnumerable<string> labels) =>
        Components(options, controls, labels).ToDictionary(component => component.Id, component => component.Platform);

    /// <summary>The message.</summary>
    /// <param name="options">Names and ids.</param>
    /// <param name="topics">The node's topics.</param>
    /// <param name="node">What the node is.</param>
    /// <param name="controls">What the node can be told, and in which ranges; null for nothing.</param>
    /// <param name="removed">
    /// Components of an earlier announcement that no longer exist, with their platforms: Home Assistant removes a
    /// component that has only a platform.
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
        WriteAvailability(writer, options, topics);
        writer.WriteNumber("qos"u8, options.Qos);
        writer.WriteStartObject("cmps"u8);
        var announced = new Announced(options, topics, node, controls);
        foreach (var component in Components(options, controls, node.Labels))
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

    private static IEnumerable<Component> Components(MqttOptions options, INodeControls? controls, IEnumerable<string> labels) =>
        options.IsHouse
            ? ObservedComponents.OfHouse
            :
            [
                .. ObservedComponents.Of(options),
                .. options.Statistics ? DayComponents.Of(labels) : [],
                .. controls is null ? [] : ControlComponents.Of(controls),
            ];

    /// <summary>A room is there if its house is too, which the broker says by the last will.</summary>
    private static void WriteAvailability(Utf8JsonWriter writer, MqttOptions options, MqttTopics topics)
    {
        if (options.House is not { } house)
        {
            writer.WriteString("availability_topic"u8, topics.Availability);
            return;
        }

        writer.WriteStartArray("availability"u8);
        foreach (var topic in new[] { new MqttTopics(house.BaseTopic, house.Node).Availability, topics.Availability })
        {
            writer.WriteStartObject();
            writer.WriteString("topic"u8, topic);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("availability_mode"u8, "all");
    }

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
        if (options.Area is { } area)
        {
            writer.WriteString("sa"u8, area);
        }

        if (options.House is { IsSilo: false } house)
        {
            writer.WriteString("via_device"u8, $"sernet_{house.EffectiveDeviceId}");
        }

        if (node.ConfigurationUrl is { } url)
        {
            writer.WriteString("cu"u8, url.AbsoluteUri);
        }

        writer.WriteEndObject();
    }
}
