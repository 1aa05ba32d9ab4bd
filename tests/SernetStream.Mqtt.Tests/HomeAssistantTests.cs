using System.Globalization;
using System.Text;
using System.Text.Json;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.DiscoveryFixture;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>How a node announces itself to Home Assistant.</summary>
public sealed class HomeAssistantTests
{
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
        string[] more = ["mute", "half_life", "threshold", "log_level", "sensitivity"];
        Assert.Equal(controls ? [.. wanted, .. more] : wanted, components.Keys);
        Assert.Equal($"sensor.{entity}_emotion", components["emotion"].GetProperty("default_entity_id").GetString());
        Assert.Equal(["anger", "boredom", "neutral", "unsure", "none"], Labels(components));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task What_can_be_taught_has_a_button_for_each_label_until_it_cannot_be_taught_any_more()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var taught = await RunOnceAsync(broker, Device(broker), Discovery, new FakeControls { Feedback = new FakeFeedback() });

        Assert.Empty(DiscoverySchema.Problems(taught.Topic, taught.Payload));
        var components = Components(taught);
        Assert.Equal(["feedback", "was_anger", "was_happiness", "was_neutral", "was_sadness", "feedback_undo"], components.Keys.TakeLast(6));
        Assert.Equal("This was sad", components["was_sadness"].GetProperty("name").GetString());
        Assert.Equal("sadness", components["was_sadness"].GetProperty("payload_press").GetString());
        Assert.Equal("sernet/kitchen/feedback/set", components["was_sadness"].GetProperty("command_topic").GetString());

        await using var hub = await broker.SubscribeAsync("sernet/kitchen/feedback");
        var off = Components(await RunOnceAsync(broker, Device(broker), Discovery, new FakeControls()));
        Assert.Equal("""{"p":"button"}""", off["was_sadness"].GetRawText());
        await hub.MessageAsync("sernet/kitchen/feedback", "");
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
        await hub.MessageAsync(RecordTopic);
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
    [InlineData("homeassistant", "homeassistant/status", "online")]
    [InlineData("ha", "homeassistant/status", "online")]
    [InlineData("ha", "hub/birth", "here I am")]
    public async Task At_the_birth_of_the_hub_everything_is_said_again(string prefix, string birth, string payload)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(
            Device(broker) with { BirthJitter = TimeSpan.FromMilliseconds(10), DiscoveryPrefix = prefix, BirthTopic = birth, BirthPayload = payload },
            node: Node);
        var discovery = $"{prefix}/device/sernet_a1b2/config";
        await hub.MessageAsync(discovery);
        await MqttCommandTests.SubscribedAsync(broker);
        using var client = new RawClient(broker.Port);

        client.Publish(birth, "offline"u8);
        client.Publish(birth, Encoding.UTF8.GetBytes(payload));

        await hub.MessagesAsync(2, discovery);
        await hub.MessagesAsync(2, State);
        await hub.MessagesAsync(2, message => message.Topic == Availability && message.Payload == "online");
    }

    [Fact]
    public void Without_a_device_id_it_comes_from_the_name()
    {
        var options = Options(1883);

        Assert.Matches("^[0-9a-f]{12}$", options.EffectiveDeviceId);
        Assert.Equal(options.EffectiveDeviceId, (options with { Port = 1 }).EffectiveDeviceId);
        Assert.NotEqual(options.EffectiveDeviceId, (options with { Node = "hall" }).EffectiveDeviceId);
    }

    /// <summary>The options of a component, or both ends of its range.</summary>
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
}
