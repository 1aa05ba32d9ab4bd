using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>A birth message of the node's own, at a real broker.</summary>
public sealed class MqttHelloTests : OutboxFixture
{
    private const string Hello = "home/hello";

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData(null, "kitchen", MqttVersion.V311)]
    [InlineData("the kitchen listens", "the kitchen listens", MqttVersion.V5)]
    public async Task It_is_said_once_on_each_connection_and_not_kept(string? payload, string said, MqttVersion version)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var wire = new LoopbackProxy(broker.Port);
        await using var hub = await broker.SubscribeAsync();
        var options = Options(wire.Port) with { HelloTopic = Hello, HelloPayload = payload, Version = version };
        await using var publisher = await StartAsync(options);

        Assert.Equal(said, (await hub.MessageAsync(Hello)).Payload);
        wire.Cut();
        wire.Mend();
        await hub.MessagesAsync(2, Hello);
        await publisher.SendAsync(Events.Make());
        await hub.MessageAsync(Event);

        Assert.Equal(2, hub.Messages.Count(message => message.Topic == Hello));
        Assert.All(hub.Messages.Where(message => message.Topic == Hello), message => Assert.False(message.Retained));
        await using var later = await broker.SubscribeAsync();
        await later.MessageAsync(State);
        Assert.DoesNotContain(later.Messages, message => message.Topic == Hello);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_broker_that_refuses_it_is_said_and_the_rest_goes_on()
    {
        using var folder = new TemporaryFolder();
        var rights = folder.Write("acl", "topic readwrite sernet/#\ntopic readwrite homeassistant/#\ntopic read home/#\n");
        await using var broker = await MosquittoBroker.StartWithAsync($"acl_file {rights}");
        await using var hub = await broker.SubscribeAsync();
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(broker.Port) with { HelloTopic = Hello, Version = MqttVersion.V5 }, logger);

        await logger.LineAsync($"refuses messages to {Hello}");
        await publisher.SendAsync(Events.Make());
        await hub.MessageAsync(Event);
    }

    [Fact]
    public void It_comes_behind_the_state_and_before_events()
    {
        var outbox = new MqttOutbox(eventCapacity: 4, eventQos: 1);
        outbox.SetHello(Hello, Bytes("hello"));
        AddEvent(outbox, "1");
        outbox.SetRetained("availability", Bytes("online"), qos: 1);
        outbox.Connected();
        Assert.Equal(["online", "hello", "1"], Send(outbox));

        outbox.RepeatAll();
        Assert.Equal(["online"], Send(outbox));
        Assert.Equal(0, outbox.Delivered);
    }

    [Theory]
    [InlineData("sernet/kitchen/state", "another use for that topic")]
    [InlineData("sernet/kitchen", "another use for that topic")]
    [InlineData("sernet/kitchen/hello/set", "another use for that topic")]
    [InlineData("sernet/devices/1", "another use for that topic")]
    [InlineData("homeassistant/status", "another use for that topic")]
    [InlineData("home/+", "no + or #")]
    [InlineData("$SYS/hello", "no $ in front")]
    public void A_topic_that_cannot_be_used_is_said(string topic, string part)
    {
        var problem = Assert.Single((Options(1883) with { HelloTopic = topic }).Problems());
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hello_of_nothing_is_refused() =>
        Assert.Single((Options(1883) with { HelloTopic = Hello, HelloPayload = "" }).Problems());
}
