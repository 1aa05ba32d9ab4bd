using System.Text.Json;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>At most one event of an emotion a minute, at a real broker.</summary>
public sealed class MqttRefractoryTests
{
    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task An_emotion_is_an_event_once_a_minute()
    {
        var clock = new ManualTime();
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        await using var publisher = new MqttPublisher(
            Options(broker.Port) with { Refractory = TimeSpan.FromSeconds(60) }, new ListLogger(), clock: clock);
        await publisher.StartAsync(CancellationToken.None);

        // Ten minutes of one argument: anger every two seconds, once sadness, and a pause at the end.
        for (var sequence = 0; sequence < 300; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence, emotion: sequence == 7 ? "sadness" : "anger"));
            clock.Advance(TimeSpan.FromSeconds(2));
        }

        await publisher.SendAsync(Events.Make(sequence: 300, emotion: EmotionLabel.None));
        await publisher.SendAsync(Events.Make(sequence: 301, emotion: EmotionLabel.None));
        await hub.MessagesAsync(13, Event);
        await publisher.DisposeAsync();
        await hub.MessageAsync(Availability, "offline");

        var emotions = hub.Messages.Where(message => message.Topic == Event)
            .Select(message => JsonDocument.Parse(message.Payload).RootElement.GetProperty("emotion").GetString());
        Assert.Equal(
            new Dictionary<string, int> { ["anger"] = 10, ["sadness"] = 1, ["none"] = 2 },
            emotions.CountBy(emotion => emotion!).ToDictionary());
        Assert.Equal(13, publisher.Delivered);
        Assert.Equal(0, publisher.Dropped);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task What_is_left_out_as_an_event_is_the_state_all_the_same()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port) with { Refractory = TimeSpan.FromHours(1) });
        await publisher.SendAsync(Events.Make(sequence: 1, emotion: "anger"));
        await publisher.SendAsync(Events.Make(sequence: 2, emotion: "sadness"));
        await hub.MessageAsync(message => message.Topic == State && message.Payload.Contains("sadness", StringComparison.Ordinal));
        var before = hub.Messages.Count;

        await publisher.SendAsync(Events.Make(sequence: 3, emotion: "anger"));

        await hub.MessageAsync(message => message.Topic == State && message.Payload.Contains("anger", StringComparison.Ordinal)
            && hub.Messages.Skip(before).Any(later => ReferenceEquals(later, message) || later == message));
        Assert.Equal([1L, 2L], Sequences(hub.Messages.Where(message => message.Topic == Event)));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(86401)]
    public void A_time_that_cannot_be_is_said(double seconds) =>
        Assert.Contains(
            "refractory time", Assert.Single((Options(1883) with { Refractory = TimeSpan.FromSeconds(seconds) }).Problems()), StringComparison.Ordinal);
}
