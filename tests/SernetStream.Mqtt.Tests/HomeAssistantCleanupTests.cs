using System.Text;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.DiscoveryFixture;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>What happens to an announcement when the node is renamed, discovery is turned off or settings change.</summary>
public sealed class HomeAssistantCleanupTests
{
    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Turned_off_the_device_is_taken_away()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await RunOnceAsync(broker, Device(broker), Discovery);
        await using var hub = await broker.SubscribeAsync(Discovery);
        await hub.MessageAsync(Discovery);

        await using var publisher = await StartAsync(Device(broker) with { DiscoveryPrefix = null }, node: Node);

        await hub.MessageAsync(Discovery, "");
        await using var late = await broker.SubscribeAsync();
        await late.MessageAsync(RecordTopic);
        Assert.DoesNotContain(late.Messages, message => message.Topic == Discovery);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Under_another_prefix_the_old_announcement_is_taken_away()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await RunOnceAsync(broker, Device(broker), Discovery);
        await using var hub = await broker.SubscribeAsync();

        await using var publisher = await StartAsync(Device(broker) with { DiscoveryPrefix = "ha" }, node: Node);

        await hub.MessageAsync("ha/device/sernet_a1b2/config");
        await hub.MessageAsync(Discovery, "");
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_renamed_node_stays_the_same_device_and_leaves_nothing_behind()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var before = Components(await RunOnceAsync(broker, Device(broker), Discovery));
        await using (var old = await broker.SubscribeAsync("sernet/kitchen/#"))
        {
            await old.MessageAsync("sernet/kitchen/threshold");
        }

        await using var live = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(
            Device(broker) with { Node = "hall" }, node: Node, controls: new FakeControls());
        await live.MessageAsync(message => message.Topic == Discovery && message.Payload.Contains("/hall/", StringComparison.Ordinal));
        await live.MessagesAsync(
            publisher.Topics.Retained.Count,
            message => message.Topic.StartsWith("sernet/kitchen/", StringComparison.Ordinal) && message.Payload.Length == 0);
        await using var late = await broker.SubscribeAsync();
        await late.MessageAsync("sernet/hall/state");
        Assert.DoesNotContain(late.Messages, message => message.Topic.StartsWith("sernet/kitchen/", StringComparison.Ordinal));

        var after = Components(live.Messages.Last(message => message.Topic == Discovery));
        Assert.Equal(
            before.Values.Select(component => component.GetProperty("unique_id").GetString()),
            after.Values.Select(component => component.GetProperty("unique_id").GetString()));
        await live.MessageAsync(message => message.Topic == RecordTopic && message.Payload.Contains("\"hall\"", StringComparison.Ordinal));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_name_that_somebody_else_uses_by_now_is_left_to_them()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await RunOnceAsync(broker, Device(broker), Discovery);
        await using var other = await StartAsync(Device(broker) with { DeviceId = "other" }, node: Node);
        await using var live = await broker.SubscribeAsync();
        await live.MessageAsync(Availability, "online");
        var logger = new ListLogger();

        await using var publisher = await StartAsync(Device(broker) with { Node = "hall" }, logger, Node);

        await logger.LineAsync("another device uses sernet/kitchen now");
        await live.MessageAsync("sernet/hall/state");
        await using var late = await broker.SubscribeAsync("sernet/kitchen/#");
        await late.MessageAsync(State);
        await late.MessageAsync(Availability, "online");
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Components_that_are_no_more_are_removed_and_then_left_out()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await RunOnceAsync(broker, Device(broker), Discovery);

        var removing = await RunOnceAsync(broker, Device(broker), Discovery, controls: null);
        Assert.Empty(DiscoverySchema.Problems(removing.Topic, removing.Payload));
        Assert.Contains("\"mute\":{\"p\":\"switch\"}", removing.Payload, StringComparison.Ordinal);

        var removed = await RunOnceAsync(broker, Device(broker), Discovery, controls: null);
        Assert.DoesNotContain("\"mute\"", removed.Payload, StringComparison.Ordinal);
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData("")]
    [InlineData("[1]")]
    [InlineData("{\"node\":5}")]
    [InlineData("{\"node\":\"a/#\",\"discovery\":\"+\",\"components\":{\"a b\":\"sensor\",\"x\":1}}")]
    [InlineData("{\"node\":\"#\",\"discovery\":\"#\",\"components\":{\"../x\":\"sensor\"}}")]
    public async Task A_record_that_somebody_forged_is_no_danger(string forged)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        using (var client = new RawClient(broker.Port))
        {
            client.Publish(RecordTopic, Encoding.UTF8.GetBytes(forged), retain: true);
        }

        await using var hub = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Device(broker), node: Node);

        var announced = await hub.MessageAsync(Discovery);
        Assert.Empty(DiscoverySchema.Problems(announced.Topic, announced.Payload));
        await hub.MessageAsync(message => message.Topic == RecordTopic && message.Payload.Contains("\"kitchen\"", StringComparison.Ordinal));
        Assert.True(publisher.IsConnected);
    }
}
