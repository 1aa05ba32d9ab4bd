using System.Text.Json;

namespace SernetStream.Mqtt;

/// <summary>
/// The retained record of a device, under its id: for the device when it comes back, for another of its name or id, and
/// for a list of all nodes.
/// </summary>
/// <param name="Id">The device id.</param>
/// <param name="Node">What the device was called.</param>
/// <param name="DiscoveryPrefix">Where it was announced to Home Assistant; null for nowhere.</param>
/// <param name="Components">The components it announced, with their platforms.</param>
/// <param name="Host">The machine it runs on; empty where an older version wrote the record.</param>
/// <param name="Instance">A mark of the process that wrote it; empty where an older version did.</param>
internal sealed record NodeRecord(
    string Id,
    string Node,
    string? DiscoveryPrefix,
    IReadOnlyDictionary<string, string> Components,
    string Host,
    string Instance)
{
    private const int LongestShown = 64;

    /// <summary>The record as JSON.</summary>
    public byte[] ToUtf8(string baseTopic) => JsonObject.ToUtf8(writer =>
    {
        writer.WriteNumber("schema"u8, EmotionEventJson.Schema);
        writer.WriteString("id"u8, Id);
        writer.WriteString("node"u8, Node);
        writer.WriteString("topic"u8, $"{baseTopic}/{Node}");
        writer.WriteString("host"u8, Host);
        writer.WriteString("instance"u8, Instance);
        writer.WriteString("discovery"u8, DiscoveryPrefix);
        writer.WriteStartObject("components"u8);
        foreach (var (id, platform) in Components)
        {
            writer.WriteString(id, platform);
        }

        writer.WriteEndObject();
    });

    /// <summary>Reads a record; null if it is not one. Anybody may have written it, so none of it is trusted.</summary>
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
                Text(root, "id"), Text(root, "node"), root.GetProperty("discovery").GetString(), components, Text(root, "host"), Text(root, "instance"));
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }

    // Short and without control characters, for it is shown in the log.
    private static string Text(JsonElement root, string name)
    {
        var text = root.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
        return string.Concat(text.Take(LongestShown).Where(c => !char.IsControl(c)));
    }
}
