using System.Text.Json;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>Shared by the tests of Home Assistant: a node with a device id, and its announcement.</summary>
internal static class DiscoveryFixture
{
    public const string Discovery = "homeassistant/device/sernet_a1b2/config";
    public const string RecordTopic = "sernet/devices/a1b2";

    public static readonly NodeDescription Node = new()
    {
        Version = "1.2.3",
        Model = "light-sernet-emodb-int8",
        Labels = ["anger", "boredom", "neutral"],
    };

    public static MqttOptions Device(MosquittoBroker broker) =>
        Options(broker.Port) with { DeviceId = "a1b2" };

    public static Dictionary<string, JsonElement> Components(MqttMessage announced) =>
        JsonDocument.Parse(announced.Payload).RootElement.GetProperty("cmps").EnumerateObject()
            .ToDictionary(component => component.Name, component => component.Value);

    public static IEnumerable<string?> Labels(Dictionary<string, JsonElement> components) =>
        components["emotion"].GetProperty("options").EnumerateArray().Select(option => option.GetString());

    public static Task<MqttMessage> RunOnceAsync(MosquittoBroker broker, MqttOptions options, string topic) =>
        RunOnceAsync(broker, options, topic, new FakeControls());

    /// <summary>Runs a node until it publishes a new message to a topic, and stops it.</summary>
    public static async Task<MqttMessage> RunOnceAsync(
        MosquittoBroker broker, MqttOptions options, string topic, INodeControls? controls)
    {
        await using var live = await broker.SubscribeAsync(topic);
        await using var publisher = await StartAsync(options, node: Node, controls: controls);
        return await live.MessageAsync(message => !message.Retained);
    }
}
