using System.Text.Json;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// What is retained under the id of a device, for itself when it comes back and for whoever wants a list of all nodes.
/// </summary>
/// <param name="Node">What the device was called.</param>
/// <param name="DiscoveryPrefix">Where it was announced to Home Assistant; null for nowhere.</param>
/// <param name="Components">The components it announced, with their platforms.</param>
internal sealed record NodeRecord(
    string Node, string? DiscoveryPrefix, IReadOnlyDictionary<string, string> Components)
{
    /// <summary>The record as JSON.</summary>
    public byte[] ToUtf8(MqttOptions options) => MqttPayloads.Json(writer =>
    {
        writer.WriteNumber("schema"u8, EmotionEventJson.Schema);
        writer.WriteString("id"u8, options.EffectiveDeviceId);
        writer.WriteString("node"u8, Node);
        writer.WriteString("topic"u8, $"{options.BaseTopic}/{Node}");
        writer.WriteString("discovery"u8, DiscoveryPrefix);
        writer.WriteStartObject("components"u8);
        foreach (var (id, platform) in Components)
        {
            writer.WriteString(id, platform);
        }

        writer.WriteEndObject();
    });

    /// <summary>Reads a record; null for what is none. Anybody may have written it, so nothing of it is trusted.</summary>
    public static NodeRecord? Read(byte[] payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            var root = document.RootElement;
            var components = root.GetProperty("components").EnumerateObject()
                .Where(component => MqttOptions.IsDeviceId(component.Name))
                .ToDictionary(component => component.Name, component => component.Value.GetString() ?? "");
            return new NodeRecord(
                root.GetProperty("node").GetString() ?? "", root.GetProperty("discovery").GetString(), components);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
