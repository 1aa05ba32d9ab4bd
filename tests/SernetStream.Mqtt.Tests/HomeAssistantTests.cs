using System.Globalization;
using System.Text;
using System.Text.Json;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>How a node is announced to Home Assistant, and what becomes of what was announced.</summary>
public sealed class HomeAssistantTests
{
    private const string Discovery = "homeassistant/device/sernet_a1b2/config";
    private const string Record = "sernet/devices/a1b2";

    private static readonly NodeDescription Node = new()
    {
        Version = "1.2.3",
        Model = "light-sernet-emodb-int8",
        Labels = ["anger", "boredom", "neutral"],
    };

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData("kitchen", true, "sernet_kitchen")]
    [InlineData("kitchen", false, "sernet_kitchen")]
    [InlineData("Living Room -- 2", true, "sernet_living_room_2")]
    [InlineData("リビング", true, "sernet_a1b2")]
    public async Task The_announcement_is_as_the_documentation_asks(string node, bool controls, string entity)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var publisher = await StartAsync(
            Device(broker) with { Node = node }, node: Node, controls: controls ? new FakeControls() : null);
        await using var hub = await broker.SubscribeAsync();

        var announced = await hub.MessageAsync(Discovery);

        Assert.Empty(DiscoverySchema.Problems(announced.Topic, announced.Payload));
        var components = Components(announced);
        string[] wanted = ["emotion", "confidence", "arousal", "speech", "change", "microphone", "latency", "lost", "started"];
        string[] more = ["mute", "half_life", "threshold", "log_level"];
        Assert.Equal(controls ? [.. wanted, .. more] : wanted, components.Keys);
        Assert.Equal($"sensor.{entity}_emotion", components["emotion"].GetProperty("default_entity_id").GetString());
        Assert.Equal(["anger", "boredom", "neutral", "unsure", "none"], Labels(components));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Every_topic_it_names_has_a_retained_value_or_events()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var publisher = await StartAsync(Device(broker), node: Node, controls: new FakeControls());
        await publisher.SendAsync(Events.Make());
        await using var hub = await broker.SubscribeAsync();
        var announced = await hub.MessageAsync(Discovery);

        foreach (var (id, component) in Components(announced).Where(component => component.Key != "change"))
        {
            var topic = component.GetProperty("state_topic").GetString()!;
            var value = await hub.MessageAsync(topic);
            Assert.True(value.Payload.Length > 0, $"{id} has no value at {topic}");
        }
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_node_that_does_not_know_its_model_yet_is_announced_with_the_first_event()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Device(broker));
        await hub.MessageAsync(Record);
        Assert.DoesNotContain(hub.Messages, message => message.Topic == Discovery);

        await publisher.SendAsync(Events.Make());

        Assert.Equal(["anger", "boredom", "neutral", "unsure", "none"], Labels(Components(await hub.MessageAsync(Discovery))));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_model_with_other_labels_updates_the_options()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(
            Device(broker), node: Node with { Labels = ["happy", "sad"], Model = "another" });
        await hub.MessageAsync(Discovery);

        await publisher.SendAsync(Events.Make());

        var updated = (await hub.MessagesAsync(2, Discovery))[1];
        Assert.Equal(["anger", "boredom", "neutral", "unsure", "none"], Labels(Components(updated)));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task What_it_is_not_sure_of_is_no_state_that_the_hub_has_of_its_own()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Device(broker), node: Node);

        await publisher.SendAsync(Events.Make(emotion: EmotionLabel.Unknown));

        await hub.MessageAsync(message => message.Topic == State && message.Payload.Contains("\"emotion\":\"unsure\"", StringComparison.Ordinal));
        await hub.MessageAsync(message => message.Topic == Event && message.Payload.Contains("\"emotion\":\"unknown\"", StringComparison.Ordinal));
        Assert.Contains("unsure", Labels(Components(await hub.MessageAsync(Discovery))));
        Assert.Equal(["anger", "unsure", "none"], MqttState.Emotions(["anger", "unknown"]));
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData(0.35)]
    [InlineData(0.5)]
    [InlineData(0.01)]
    public async Task The_hub_offers_what_the_node_takes_and_no_more(double leave)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Device(broker), logger, Node, new FakeControls { Leave = leave });
        var components = Components(await hub.MessageAsync(Discovery));
        await MqttCommandTests.SubscribedAsync(broker);
        using var client = new RawClient(broker.Port);

        foreach (var component in components.Values.Where(component => component.TryGetProperty("command_topic", out _)))
        {
            foreach (var offered in Offered(component))
            {
                client.Publish(component.GetProperty("command_topic").GetString()!, Encoding.UTF8.GetBytes(offered));
                await hub.MessageAsync(component.GetProperty("state_topic").GetString()!, offered);
            }

            Assert.DoesNotContain(logger.Lines, line => line.Contains("is ignored", StringComparison.Ordinal));
        }

        foreach (var number in components.Values.Where(component => component.TryGetProperty("min", out _)))
        {
            var below = (number.GetProperty("min").GetDecimal() - 0.001m).ToString(CultureInfo.InvariantCulture);
            client.Publish(number.GetProperty("command_topic").GetString()!, Encoding.UTF8.GetBytes(below));
            await logger.LineAsync($"\"{below}\" at {number.GetProperty("command_topic").GetString()} is ignored");
        }
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData("homeassistant", "homeassistant/status", "homeassistant/status")]
    [InlineData("ha", "homeassistant/status", "homeassistant/status")]
    [InlineData("ha", "hub/birth", "hub/birth")]
    public async Task At_the_birth_of_the_hub_everything_is_said_again(string prefix, string setting, string birth)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(
            Device(broker) with { BirthJitter = TimeSpan.FromMilliseconds(10), DiscoveryPrefix = prefix, BirthTopic = setting },
            node: Node);
        var discovery = $"{prefix}/device/sernet_a1b2/config";
        await hub.MessageAsync(discovery);
        await MqttCommandTests.SubscribedAsync(broker);
        using var client = new RawClient(broker.Port);

        client.Publish(birth, "offline"u8);
        client.Publish(birth, "online"u8);

        await hub.MessagesAsync(2, discovery);
        await hub.MessagesAsync(2, State);
        await hub.MessagesAsync(2, message => message.Topic == Availability && message.Payload == "online");
    }

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
        await late.MessageAsync(Record);
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
        await live.MessageAsync(message => message.Topic == Record && message.Payload.Contains("\"hall\"", StringComparison.Ordinal));
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

        await logger.LineAsync("another device is called sernet/kitchen by now");
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
            client.Publish(Record, Encoding.UTF8.GetBytes(forged), retain: true);
        }

        await using var hub = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Device(broker), node: Node);

        var announced = await hub.MessageAsync(Discovery);
        Assert.Empty(DiscoverySchema.Problems(announced.Topic, announced.Payload));
        await hub.MessageAsync(message => message.Topic == Record && message.Payload.Contains("\"kitchen\"", StringComparison.Ordinal));
        Assert.True(publisher.IsConnected);
    }

    [Fact]
    public void Without_a_device_id_it_comes_from_the_name()
    {
        var options = Options(1883);

        Assert.Matches("^[0-9a-f]{12}$", options.EffectiveDeviceId);
        Assert.Equal(options.EffectiveDeviceId, (options with { Port = 1 }).EffectiveDeviceId);
        Assert.NotEqual(options.EffectiveDeviceId, (options with { Node = "hall" }).EffectiveDeviceId);
    }

    /// <summary>Every value at the edge of what a hub offers for a component.</summary>
    private static IEnumerable<string> Offered(JsonElement component)
    {
        if (component.TryGetProperty("options", out var options))
        {
            return options.EnumerateArray().Select(option => option.GetString()!);
        }

        return component.TryGetProperty("min", out var min)
            ? [min.GetRawText(), component.GetProperty("max").GetRawText()]
            : ["ON", "OFF"];
    }

    private static MqttOptions Device(MosquittoBroker broker) =>
        Options(broker.Port) with { DeviceId = "a1b2" };

    private static Dictionary<string, JsonElement> Components(MqttMessage announced) =>
        JsonDocument.Parse(announced.Payload).RootElement.GetProperty("cmps").EnumerateObject()
            .ToDictionary(component => component.Name, component => component.Value);

    private static IEnumerable<string?> Labels(Dictionary<string, JsonElement> components) =>
        components["emotion"].GetProperty("options").EnumerateArray().Select(option => option.GetString());

    private static Task<MqttMessage> RunOnceAsync(MosquittoBroker broker, MqttOptions options, string topic) =>
        RunOnceAsync(broker, options, topic, new FakeControls());

    /// <summary>Runs a node until it has said something new at a topic, and ends it.</summary>
    private static async Task<MqttMessage> RunOnceAsync(
        MosquittoBroker broker, MqttOptions options, string topic, INodeControls? controls)
    {
        await using var live = await broker.SubscribeAsync(topic);
        await using var publisher = await StartAsync(options, node: Node, controls: controls);
        return await live.MessageAsync(message => !message.Retained);
    }
}
