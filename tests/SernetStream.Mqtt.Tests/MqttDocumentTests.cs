using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>
/// docs/user/mqtt.md shows messages that a real broker received, and names each of their topics and fields. With
/// SERNET_WRITE_EXAMPLES=1 (<c>make generate</c>) the tests write the examples instead.
/// </summary>
public sealed partial class MqttDocumentTests
{
    private const int LongestLine = 110;

    private static readonly string Document = Repository.PathOf("docs", "user", "mqtt.md");
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task The_examples_are_what_is_sent()
    {
        var sent = await ExamplesAsync();
        var document = await File.ReadAllTextAsync(Document);

        var current = Example().Replace(document, match =>
        {
            var name = match.Groups[1].Value;
            return $"<!-- example: {name} -->\n```json\n{Shown(sent[name])}\n```";
        });

        if (Environment.GetEnvironmentVariable("SERNET_WRITE_EXAMPLES") == "1")
        {
            await File.WriteAllTextAsync(Document, current);
            return;
        }

        Assert.Equal(sent.Keys.Order(), Example().Matches(document).Select(match => match.Groups[1].Value).Order());
        Assert.Equal(current, document);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Every_field_and_topic_is_explained()
    {
        var document = await File.ReadAllTextAsync(Document);
        foreach (var (name, payload) in await ExamplesAsync())
        {
            using var json = JsonDocument.Parse(payload);
            Assert.All(
                name == "discovery" ? [] : json.RootElement.EnumerateObject(),
                field => Assert.Contains($"`{field.Name}`", document, StringComparison.Ordinal));
        }

        var topics = new MqttTopics("sernet", "kitchen");
        string[] all = [.. topics.Retained, topics.Event, topics.Scores];
        Assert.All(all, topic => Assert.Contains($"`{topic}`", document, StringComparison.Ordinal));
    }

    private static async Task<Dictionary<string, string>> ExamplesAsync()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        var options = Options(broker.Port) with { DeviceId = "4f2a9c01d3e7" };
        var node = new NodeDescription
        {
            Version = "0.1.0",
            Model = "light-sernet-emodb-int8",
            Labels = ["anger", "boredom", "disgust", "fear", "happiness", "neutral", "sadness"],
        };
        var health = new NodeHealth
        {
            Microphone = MicrophoneState.Works,
            AudioSeconds = 3600,
            Utterances = 214,
            WindowsClassified = 1730,
            WindowsSkipped = 2,
            WindowsFailed = 1,
            Events = 261,
            LatencyP50Ms = 9.1,
            LatencyP95Ms = 14.6,
            LatencyP99Ms = 22.3,
            LatencyMaxMs = 41.8,
        };
        await using var publisher = await StartAsync(options, node: node, controls: new FakeControls(), health: () => health);
        await publisher.PublishSpeechAsync(speaking: true, CancellationToken.None);
        var discovery = await hub.MessageAsync(options.DiscoveryTopic!);

        // An event of three labels is enough for an example; the announcement has all labels.
        await publisher.SendAsync(Events.Make());
        return new Dictionary<string, string>
        {
            ["event"] = (await hub.MessageAsync(Event)).Payload,
            ["state"] = (await hub.MessageAsync(m => m.Topic == State && m.Payload.Contains("anger", StringComparison.Ordinal))).Payload,
            ["attributes"] = (await hub.MessageAsync(m => m.Topic == Attributes && m.Payload.Contains("model", StringComparison.Ordinal))).Payload,
            ["health"] = Steady((await hub.MessageAsync("sernet/kitchen/health")).Payload),
            ["record"] = Steady((await hub.MessageAsync("sernet/devices/4f2a9c01d3e7")).Payload),
            ["discovery"] = discovery.Payload,
        };
    }

    /// <summary>The payload with fixed values: a node that has run for an hour on a Raspberry Pi.</summary>
    private static string Steady(string payload)
    {
        var timed = Uptime().Replace(Started().Replace(payload, "\"started\":\"2026-01-01T11:00:00.000Z\""), "\"uptime\":3600");
        return Process().Replace(timed, "\"host\":\"raspberrypi\",\"instance\":\"c41d90e2\"");
    }

    private static string Shown(string payload) => payload.Length <= LongestLine
        ? payload
        : JsonSerializer.Serialize(JsonDocument.Parse(payload).RootElement, Indented);

    [GeneratedRegex("<!-- example: ([a-z]+) -->\n```json\n.*?```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("\"started\":\"[0-9][^\"]+\"")]
    private static partial Regex Started();

    [GeneratedRegex("\"host\":\"[^\"]+\",\"instance\":\"[0-9a-f]{8}\"")]
    private static partial Regex Process();

    [GeneratedRegex("\"uptime\":\\d+")]
    private static partial Regex Uptime();
}
