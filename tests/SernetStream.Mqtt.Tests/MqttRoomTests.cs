using SernetStream.Mqtt.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>Rooms that share a connection.</summary>
public sealed class MqttRoomTests
{
    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task While_the_broker_is_away_a_room_that_floods_displaces_no_event_of_another()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var wire = new LoopbackProxy(broker.Port);
        wire.Cut();
        await using var hub = await broker.SubscribeAsync("sernet/+/event");
        await using var house = await StartAsync(Options(wire.Port) with { Node = "house", IsHouse = true });
        await using var flood = house.AddRoom("flood", new NodeDescription(), controls: null, health: null);
        await using var nursery = house.AddRoom("nursery", new NodeDescription(), controls: null, health: null);
        await wire.MoreAttemptsAsync(1);
        await SendAsync(nursery, 1);
        for (var i = 1; i <= 1000; i++)
        {
            await SendAsync(flood, i);
        }

        await SendAsync(nursery, 2);
        wire.Mend();
        await hub.MessageAsync(message => message.Topic == nursery.Topics.Event && Sequences([message]).Single() == 2);

        Assert.Equal([1, 2], Sequences(hub.Messages.Where(message => message.Topic == nursery.Topics.Event)));
        Assert.Equal(
            Enumerable.Range(747, 254).Select(i => (long)i), Sequences(hub.Messages.Where(message => message.Topic == flood.Topics.Event)));
        Assert.Equal(746, house.Dropped);
    }

    private static ValueTask SendAsync(MqttRoom room, long sequence) =>
        room.PublishAsync(Events.Make() with { Sequence = sequence }, CancellationToken.None);
}
