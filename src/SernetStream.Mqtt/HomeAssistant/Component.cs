using System.Text.Json;
using SernetStream.Publishing;

namespace SernetStream.Mqtt.HomeAssistant;

/// <summary>What the components are written from.</summary>
/// <param name="Options">Names, and what is published.</param>
/// <param name="Topics">The node's topics.</param>
/// <param name="Node">What the node is.</param>
/// <param name="Controls">What the node can be told, and in which ranges; null for nothing.</param>
internal sealed record Announced(MqttOptions Options, MqttTopics Topics, NodeDescription Node, INodeControls? Controls);

/// <summary>An entity of the device: a sensor, a switch, a button.</summary>
/// <param name="Id">What it is called in ids, which never changes.</param>
/// <param name="Platform">What Home Assistant takes it for.</param>
/// <param name="Name">What people read.</param>
/// <param name="Write">Writes what is its own.</param>
internal sealed record Component(string Id, string Platform, string Name, Action<Utf8JsonWriter, Announced> Write);
