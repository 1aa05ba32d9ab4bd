using System.Text.Json;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>Topics and payloads, as a real broker receives them.</summary>
public sealed class MqttTopicTests
{
    private const string Common =
        """
        "schema":1,"node":"kitchen","kind":"final","sequence":42,"time":"2026-01-01T12:00:00.000Z",
        "audioStart":12.48,"audioEnd":15.48,"emotion":"anger","confidence":0.81,"arousal":0.785,"previous":"neutral",
        "probabilities":{"anger":0.81,"boredom":0.08,"neutral":0.11},
        "raw":{"anger":0.93,"boredom":0,"neutral":0.07},"model":"light-sernet-emodb-int8","latencyMs":9.4}
        """;

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_hub_has_values_before_the_first_event()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(broker.Port), logger);
        await logger.LineAsync("connected");
        await using var subscriber = await broker.SubscribeAsync();

        Assert.Equal("online", (await subscriber.MessageAsync(Availability)).Payload);
        Assert.Equal(new MqttMessage(State, InitialState, 1, Retained: true), await subscriber.MessageAsync(State));
        Assert.EndsWith(""","arousal":null}""", (await subscriber.MessageAsync(Attributes)).Payload, StringComparison.Ordinal);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_final_event_sets_state_and_attributes_and_is_sent_itself()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port));
        await live.MessageAsync(Availability, "online");

        await publisher.PublishSpeechAsync(speaking: true, CancellationToken.None);
        await publisher.SendAsync(Events.Make());

        var sent = await live.MessageAsync(Event);
        Assert.Equal(
            new MqttMessage(Event, """{"event_type":"final",""" + Common.ReplaceLineEndings(""), 1, Retained: false), sent);

        await using var late = await broker.SubscribeAsync();
        Assert.Equal(
            new MqttMessage(
                State, """{"emotion":"anger","confidence":0.81,"speech":"ON","muted":"OFF"}""", 1, Retained: true),
            await late.MessageAsync(State));
        Assert.Equal(
            new MqttMessage(
                Attributes,
                """
                {"time":"2026-01-01T12:00:00.000Z","audioStart":12.48,"audioEnd":15.48,"latencyMs":9.4,
                "model":"light-sernet-emodb-int8","arousal":0.785,"probabilities":{"anger":0.81,"boredom":0.08,"neutral":0.11}}
                """.ReplaceLineEndings(""),
                1,
                Retained: true),
            await late.MessageAsync(Attributes));
        Assert.Equal(new MqttMessage(Availability, "online", 1, Retained: true), await late.MessageAsync(Availability));
        Assert.DoesNotContain(late.Messages, message => message.Topic == Event);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task State_is_sent_on_change_only()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port));
        await live.MessageAsync(State, InitialState);

        for (var sequence = 1; sequence <= 5; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
            await publisher.PublishSpeechAsync(speaking: false, CancellationToken.None);
        }

        await live.MessagesAsync(5, Event);
        Assert.Equal(2, live.Messages.Count(message => message.Topic == State));
    }

    [NeedsFact("mosquitto")]
    public async Task A_host_name_with_several_addresses_is_tried_through()
    {
        // The broker listens on IPv4 only. Where localhost is ::1 first, that first attempt is refused.
        await using var broker = await MosquittoBroker.StartNewAsync();
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(broker.Port) with { Host = "localhost" }, logger);

        await logger.LineAsync($"connected to localhost:{broker.Port}");
        Assert.Single(logger.Lines);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_change_event_says_so()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port));

        await publisher.SendAsync(Events.Make(EmotionEventKind.Change));

        var sent = await live.MessageAsync(Event);
        Assert.StartsWith(
            """{"event_type":"change","schema":1,"node":"kitchen","kind":"change",""",
            sent.Payload,
            StringComparison.Ordinal);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Interim_events_are_silent_unless_asked_for()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port));
        await live.MessageAsync(State, InitialState);

        await publisher.SendAsync(Events.Make(EmotionEventKind.Interim, sequence: 1));
        await publisher.SendAsync(Events.Make(EmotionEventKind.Final, sequence: 2));

        await live.MessageAsync(Event);
        Assert.DoesNotContain(live.Messages, message => message.Topic == Scores);
        Assert.Equal([2], Sequences(live.Messages.Where(message => message.Topic == Event)));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Interim_events_go_to_the_scores_and_leave_the_state_alone()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port) with { PublishInterim = true });
        await live.MessageAsync(State, InitialState);

        await publisher.SendAsync(Events.Make(EmotionEventKind.Interim));

        var sent = await live.MessageAsync(Scores);
        Assert.Equal(0, sent.Qos);
        Assert.StartsWith("""{"event_type":"interim","schema":1,""", sent.Payload, StringComparison.Ordinal);
        Assert.Single(live.Messages, message => message.Topic == State);
        Assert.DoesNotContain(live.Messages, message => message.Topic == Event);
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData("Küche")]
    [InlineData("リビング")]
    [InlineData("living room")]
    [InlineData("🎉")]
    public async Task Nodes_have_any_name_people_give_them(string node)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(
            Options(broker.Port) with { Node = node, BaseTopic = "haus/gefühl" });

        await publisher.SendAsync(Events.Make(node: node));

        await live.MessageAsync($"haus/gefühl/{node}/availability", "online");
        var sent = await live.MessageAsync($"haus/gefühl/{node}/event");
        var inside = JsonDocument.Parse(sent.Payload).RootElement.GetProperty("node").GetString();
        Assert.Equal(node, inside);
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_quality_of_service_delivers(int qos)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        var publisher = await StartAsync(Options(broker.Port) with { Qos = qos });
        await live.MessageAsync(State, InitialState);

        for (var sequence = 1; sequence <= 100; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
        }

        var sent = await live.MessagesAsync(100, Event);
        await publisher.DisposeAsync();
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), Sequences(sent));
        Assert.Equal(100, publisher.Delivered);
        Assert.Equal(0, publisher.Dropped);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Health_is_told_again_and_again_and_kept()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync("sernet/kitchen/health");
        var heard = 0;
        var options = Options(broker.Port) with { HealthInterval = TimeSpan.FromSeconds(1) };
        await using var publisher = await StartAsync(
            options, health: () => new NodeHealth { Utterances = Interlocked.Increment(ref heard) });

        var told = await live.MessagesAsync(3, "sernet/kitchen/health");

        Assert.Equal([1, 2, 3], told.Select(message => Field(message, "utterances").GetInt32()));
        Assert.Equal(JsonValueKind.Null, Field(told[0], "latencyMs").GetProperty("p95").ValueKind);
        Assert.Equal(1, Field(told[2], "mqtt").GetProperty("connections").GetInt32());
        await using var late = await broker.SubscribeAsync();
        Assert.True((await late.MessageAsync("sernet/kitchen/health")).Retained);
    }

    private static JsonElement Field(MqttMessage message, string name) =>
        JsonDocument.Parse(message.Payload).RootElement.GetProperty(name);
}
