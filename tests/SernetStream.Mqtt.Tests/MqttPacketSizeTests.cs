using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SernetStream.Mqtt.Diagnosis;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Session;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>
/// Brokers that refuse large messages, in each way that Mosquitto can. The node publishes everything else, sends the
/// discovery in a shorter form or not at all, and reports the true reason once.
/// </summary>
public sealed partial class MqttPacketSizeTests
{
    private const string Discovery = "homeassistant/device/sernet_test/config";
    private readonly ListLogger _logger = new();
    private readonly NodeDescription _node = new() { Model = "model", Labels = ["anger", "neutral"], Version = "1.0" };

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData(MqttVersion.V311, "max_packet_size", 1)]
    [InlineData(MqttVersion.V5, "max_packet_size", 0)]
    [InlineData(MqttVersion.V5, "message_size_limit", 0)]
    public async Task A_broker_that_takes_less_gets_the_short_form(MqttVersion version, string setting, int losses)
    {
        var (full, brief) = await SizesAsync();
        await using var broker = await MosquittoBroker.StartWithAsync($"{setting} {(full + brief) / 2}");
        await using var subscriber = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Node(broker.Port, version), _logger, _node, new FakeControls());

        var discovery = await subscriber.MessageAsync(Discovery);
        using var document = JsonDocument.Parse(discovery.Payload);
        Assert.True(document.RootElement.GetProperty("cmps").GetProperty("emotion").TryGetProperty("stat_t", out _));
        await PublishesAsync(publisher, subscriber);
        await SaidAsync(publisher, losses, "is sent in a shorter form");
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData(MqttVersion.V311, "max_packet_size", 2)]
    [InlineData(MqttVersion.V5, "max_packet_size", 0)]
    [InlineData(MqttVersion.V5, "message_size_limit", 0)]
    public async Task A_broker_that_takes_even_less_gets_no_discovery(MqttVersion version, string setting, int losses)
    {
        await using var broker = await MosquittoBroker.StartWithAsync($"{setting} 1500");
        await using var subscriber = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Node(broker.Port, version), _logger, _node, new FakeControls());

        await _logger.LineAsync("is not sent: raise its limit (in Mosquitto: max_packet_size)");
        await PublishesAsync(publisher, subscriber);
        Assert.DoesNotContain(subscriber.Messages, message => message.Topic == Discovery);
        await SaidAsync(publisher, losses, "is not sent: raise");
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData("max_packet_size", true)]
    [InlineData("message_size_limit", true)]
    [InlineData("max_packet_size", false)]
    [InlineData("message_size_limit", false)]
    public async Task Doctor_says_whether_the_short_form_is_taken_and_leaves_nothing(string setting, bool isShortTaken)
    {
        var (full, brief) = await SizesAsync();
        await using var broker = await MosquittoBroker.StartWithAsync($"{setting} {(isShortTaken ? (full + brief) / 2 : brief * 9 / 10)}");

        var results = MqttProbe.Run(Node(broker.Port, MqttVersion.V311), _node, new FakeControls());

        Assert.Equal([isShortTaken ? MqttProbeOutcome.Shortened : MqttProbeOutcome.TooLarge], results.Select(result => result.Outcome));
        await using var subscriber = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Options(broker.Port) with { DiscoveryPrefix = null }, _logger);
        await subscriber.MessageAsync(Availability);
        Assert.DoesNotContain(subscriber.Messages, message => message.Topic.EndsWith("/doctor", StringComparison.Ordinal));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_broker_that_closes_at_events_is_not_taken_for_a_clash_of_ids()
    {
        await using var broker = await MosquittoBroker.StartWithAsync("max_packet_size 300");
        await using var publisher = await StartAsync(
            Node(broker.Port, MqttVersion.V311) with { DiscoveryPrefix = null }, _logger, _node);
        await _logger.LineAsync("connected to");

        await publisher.SendAsync(Events.Make());

        await _logger.LineAsync("the broker closes the connection again and again while a message of ");
        Assert.DoesNotContain(_logger.Lines, line => line.Contains("taken over", StringComparison.Ordinal));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_broker_that_keeps_no_retained_messages_gets_all_the_same()
    {
        await using var broker = await MosquittoBroker.StartWithAsync("retain_available false");
        await using var subscriber = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Node(broker.Port, MqttVersion.V5), _logger, _node);

        await subscriber.MessageAsync(Discovery);
        await PublishesAsync(publisher, subscriber);
        Assert.Single(_logger.Lines, line => line.Contains("keeps no retained messages", StringComparison.Ordinal));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task The_short_form_says_the_same_in_fewer_bytes()
    {
        var (full, brief) = await DiscoveryAsync();

        Assert.InRange(brief.Length, 1, full.Length * 9 / 10);
        var expanded = JsonNode.Parse(Abbreviation().Replace(Encoding.UTF8.GetString(brief), match => Long[match.Groups[1].Value]));
        var original = JsonNode.Parse(full)!;
        foreach (var (_, component) in original["cmps"]!.AsObject())
        {
            component!.AsObject().Remove("icon");
        }

        Assert.True(JsonNode.DeepEquals(original, expanded), expanded!.ToJsonString());
    }

    [Fact]
    public void One_close_at_a_large_message_may_be_an_accident_and_two_are_not()
    {
        var sizes = new MessageSizes(new ManualClock());

        Assert.False(sizes.Closed(4000));
        Assert.Equal(long.MaxValue, sizes.Limit);
        Assert.True(sizes.Closed(4000));
        Assert.Equal(3999, sizes.Limit);
    }

    [Fact]
    public void A_message_that_was_taken_is_not_suspect_any_more()
    {
        var sizes = new MessageSizes(new ManualClock());

        Assert.False(sizes.Closed(4000));
        sizes.Taken(4000);
        Assert.False(sizes.Closed(4000));
        sizes.Taken(3000);
        Assert.True(sizes.Closed(4000));
    }

    [Fact]
    public void Small_messages_are_never_suspect()
    {
        var sizes = new MessageSizes(new ManualClock());

        Assert.False(sizes.Closed(MessageSizes.Large - 1));
        Assert.False(sizes.Closed(MessageSizes.Large - 1));
        Assert.Equal(long.MaxValue, sizes.Limit);
    }

    [Fact]
    public void What_was_learnt_is_forgotten_and_what_was_said_is_not()
    {
        var clock = new ManualClock();
        var sizes = new MessageSizes(clock);
        sizes.Refused(4000);

        clock.Move(TimeSpan.FromMinutes(59));
        sizes.Connected(new BrokerLimits { PacketSize = 5000 });
        Assert.Equal(3999, sizes.Limit);
        clock.Move(TimeSpan.FromMinutes(2));
        sizes.Connected(new BrokerLimits { PacketSize = 5000 });
        Assert.Equal(5000, sizes.Limit);
    }

    private static MqttOptions Node(int port, MqttVersion version) => Options(port) with { Version = version, DeviceId = "test" };

    private static async Task PublishesAsync(MqttPublisher publisher, MosquittoSubscriber subscriber)
    {
        await publisher.SendAsync(Events.Make());
        await subscriber.MessageAsync(Event);
        await subscriber.MessageAsync(message => message.Topic == State && message.Payload.Contains("anger", StringComparison.Ordinal));
    }

    // Abbreviations that Home Assistant expands (homeassistant/components/mqtt/abbreviations.py).
    private static readonly Dictionary<string, string> Long = new()
    {
        ["avty_t"] = "\"availability_topic\":",
        ["cmd_t"] = "\"command_topic\":",
        ["def_ent_id"] = "\"default_entity_id\":",
        ["dev_cla"] = "\"device_class\":",
        ["ent_cat"] = "\"entity_category\":",
        ["evt_typ"] = "\"event_types\":",
        ["json_attr_t"] = "\"json_attributes_topic\":",
        ["ops"] = "\"options\":",
        ["stat_cla"] = "\"state_class\":",
        ["stat_t"] = "\"state_topic\":",
        ["sug_dsp_prc"] = "\"suggested_display_precision\":",
        ["uniq_id"] = "\"unique_id\":",
        ["unit_of_meas"] = "\"unit_of_measurement\":",
        ["val_tpl"] = "\"value_template\":",
    };

    [GeneratedRegex("\"([a-z]+(?:_[a-z]+)+|ops)\":(?<=(?:avty_t|cmd_t|def_ent_id|dev_cla|ent_cat|evt_typ|json_attr_t|ops|stat_cla|stat_t|sug_dsp_prc|uniq_id|unit_of_meas|val_tpl)\":)")]
    private static partial Regex Abbreviation();

    /// <summary>The sizes of both forms of the discovery message.</summary>
    private async Task<(int Full, int Brief)> SizesAsync()
    {
        var (full, brief) = await DiscoveryAsync();
        return (full.Length, brief.Length);
    }

    /// <summary>Both forms of the discovery message. A broker without a limit gets the full one.</summary>
    private async Task<(byte[] Full, byte[] Brief)> DiscoveryAsync()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(Node(broker.Port, MqttVersion.V311), new ListLogger(), _node, new FakeControls());
        var full = Encoding.UTF8.GetBytes((await subscriber.MessageAsync(Discovery)).Payload);
        return (full, HomeAssistantShortForm.Of(full));
    }

    private async Task SaidAsync(MqttPublisher publisher, int losses, string conclusion)
    {
        await publisher.DisposeAsync();
        Assert.Single(_logger.Lines, line => line.Contains(conclusion, StringComparison.Ordinal));
        Assert.Equal(losses, _logger.Lines.Count(line => line.Contains("lost (", StringComparison.Ordinal)));
        Assert.DoesNotContain(_logger.Lines, line => line.Contains("taken over", StringComparison.Ordinal));
    }
}
