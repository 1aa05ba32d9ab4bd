using System.Diagnostics;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>A node removes the topics that it published before, whatever changed since.</summary>
public sealed class RetainedTopicCleanupTests : IDisposable
{
    private static readonly NodeDescription Node = new() { Labels = ["anger", "boredom", "neutral"] };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData("base topic")]
    [InlineData("name")]
    [InlineData("discovery prefix")]
    [InlineData("no discovery")]
    [InlineData("device id")]
    [InlineData("no controls")]
    [InlineData("base topic", "name", "discovery prefix", "device id")]
    [InlineData("base topic", "name", "no discovery", "no controls")]
    public async Task Whatever_changes_nothing_is_left_behind(params string[] changes)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        var before = Kitchen(broker);
        await RunOnceAsync(live, before, hasControls: true);
        var after = changes.Aggregate(before, Change);
        var controls = changes.Contains("no controls") ? null : new FakeControls();
        var logger = new ListLogger();

        await using var publisher = await StartAsync(after, logger, Node, controls);

        var wanted = MqttTopics.RetainedOf(after, controls is not null);
        var gone = MqttTopics.RetainedOf(before, hasControls: true).Except(wanted).ToList();
        Assert.NotEmpty(gone);
        await ClearedAsync(live, gone);
        await KeptAsync(broker, wanted);
        Assert.DoesNotContain(logger.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task What_could_not_be_taken_away_is_not_forgotten()
    {
        await using var broker = await MosquittoBroker.StartNewAsync(persistent: true);
        var first = Kitchen(broker);
        await using (var live = await broker.SubscribeAsync())
        {
            await RunOnceAsync(live, first, hasControls: true);
        }

        await broker.StopAsync();
        var second = first with { BaseTopic = "second" };
        await using (await StartAsync(second, node: Node, controls: new FakeControls()))
        {
            // It ends without reaching the broker, as after a crash.
        }

        await broker.StartAsync();
        var third = first with { BaseTopic = "third" };
        await using var hub = await broker.SubscribeAsync();
        await using var publisher = await StartAsync(third, node: Node, controls: new FakeControls());

        var wanted = MqttTopics.RetainedOf(third, hasControls: true);
        await ClearedAsync(hub, MqttTopics.RetainedOf(first, hasControls: true).Except(wanted));
        await KeptAsync(broker, wanted);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_name_where_somebody_is_online_is_left_alone_until_they_are_not()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var live = await broker.SubscribeAsync();
        await RunOnceAsync(live, Kitchen(broker), hasControls: true);
        using var stranger = new RawClient(broker.Port);
        stranger.Publish(Availability, "online"u8, retain: true);
        var logger = new ListLogger();

        await using var publisher = await StartAsync(Kitchen(broker) with { Node = "hall" }, logger, Node, new FakeControls());
        await logger.LineAsync($"{Availability} says online");
        Assert.Contains(State, (await RetainedAsync(broker)).Keys);

        stranger.Publish(Availability, "offline"u8, retain: true);
        await ClearedAsync(live, new MqttTopics("sernet", "kitchen").Retained);
    }

    [Fact]
    public void Topics_are_remembered_for_each_broker_whatever_else_is_in_the_file()
    {
        var file = _folder.Write("topics", "a:1\tsernet/x/state\nnonsense\na:1\tsernet/#\nb:2\tsernet/y/state\n\tz\n");
        var logger = new ListLogger();
        var published = new PublishedTopics(file, "a:1", logger);
        Assert.Equal(["sernet/x/state"], published.Topics);

        published.Add(["sernet/z/state", "sernet/x/state"]);
        published.Remove("sernet/x/state");

        Assert.Equal(["sernet/z/state"], new PublishedTopics(file, "a:1", logger).Topics);
        Assert.Equal(["sernet/y/state"], new PublishedTopics(file, "b:2", logger).Topics);
        Assert.Empty(logger.Lines);
    }

    [Fact]
    public async Task Where_nothing_can_be_kept_it_says_so_and_goes_on()
    {
        var logger = new ListLogger();
        var published = new PublishedTopics(_folder.PathOf("no folder/topics"), "a:1", logger);

        published.Add(["sernet/x/state"]);

        await logger.LineAsync("some topics may stay at the broker");
        Assert.Equal(["sernet/x/state"], published.Topics);
    }

    private static MqttOptions Change(MqttOptions options, string what) => what switch
    {
        "base topic" => options with { BaseTopic = "home/moods" },
        "name" => options with { Node = "hall" },
        "discovery prefix" => options with { DiscoveryPrefix = "ha" },
        "no discovery" => options with { DiscoveryPrefix = null },
        "device id" => options with { DeviceId = "c3d4" },
        _ => options,
    };

    private static async Task RunOnceAsync(MosquittoSubscriber live, MqttOptions options, bool hasControls)
    {
        await using var publisher = await StartAsync(options, node: Node, controls: hasControls ? new FakeControls() : null);
        await publisher.SendAsync(Events.Make());
        foreach (var topic in MqttTopics.RetainedOf(options, hasControls))
        {
            await live.MessageAsync(topic);
        }
    }

    private static async Task ClearedAsync(MosquittoSubscriber live, IEnumerable<string> topics)
    {
        foreach (var topic in topics)
        {
            await live.MessageAsync(topic, "");
        }
    }

    /// <summary>Waits until the broker retains exactly these topics.</summary>
    private static async Task KeptAsync(MosquittoBroker broker, IEnumerable<string> topics)
    {
        var wanted = topics.Order().ToList();
        var began = Stopwatch.GetTimestamp();
        List<string> kept;
        do
        {
            kept = [.. (await RetainedAsync(broker)).Keys.Order()];
        }
        while (!kept.SequenceEqual(wanted) && Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60));
        Assert.Equal(wanted, kept);
    }

    /// <summary>Everything that the broker retains. The marker, sent after the subscription, arrives after all of it.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> RetainedAsync(MosquittoBroker broker)
    {
        await using var late = await broker.SubscribeAsync();
        using var client = new RawClient(broker.Port, "marker");
        client.Publish("marker", "end"u8);
        await late.MessageAsync("marker");
        return late.Messages.Where(message => message.Retained && message.Payload.Length > 0)
            .DistinctBy(message => message.Topic).ToDictionary(message => message.Topic, message => message.Payload);
    }

    private MqttOptions Kitchen(MosquittoBroker broker) =>
        Options(broker.Port) with { DeviceId = "a1b2", TopicsFile = _folder.PathOf("a1b2.topics") };
}
