using System.Text.Json;
using Microsoft.Extensions.Logging;
using SernetStream.Publishing;
using SernetStream.Testing;

namespace SernetStream.Mqtt.Tests;

/// <summary>Shared by the tests against a real broker.</summary>
internal static class MqttFixture
{
    public const string Availability = "sernet/kitchen/availability";
    public const string State = "sernet/kitchen/state";
    public const string Attributes = "sernet/kitchen/attributes";
    public const string Event = "sernet/kitchen/event";
    public const string Scores = "sernet/kitchen/scores";
    public const string InitialState = """{"emotion":"none","confidence":0,"speech":"OFF","muted":"OFF"}""";

    /// <summary>Options with short waits for tests.</summary>
    public static MqttOptions Options(int port) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        Node = "kitchen",
        ReconnectShortest = TimeSpan.FromMilliseconds(20),
        ReconnectLongest = TimeSpan.FromMilliseconds(100),
    };

    public static async Task<MqttPublisher> StartAsync(
        MqttOptions options,
        ILogger? logger = null,
        NodeDescription? node = null,
        INodeControls? controls = null,
        Func<NodeHealth>? health = null)
    {
        var publisher = new MqttPublisher(options, logger ?? new ListLogger(), node, controls, health);
        await publisher.StartAsync(CancellationToken.None);
        return publisher;
    }

    public static ValueTask SendAsync(this MqttPublisher publisher, EmotionEvent emotionEvent) =>
        publisher.PublishAsync(emotionEvent, CancellationToken.None);

    /// <summary>The sequence numbers of events, in order of arrival.</summary>
    public static IEnumerable<long> Sequences(IEnumerable<MqttMessage> messages) => messages
        .Select(message => JsonDocument.Parse(message.Payload))
        .Select(document => document.RootElement.GetProperty("sequence").GetInt64());
}
