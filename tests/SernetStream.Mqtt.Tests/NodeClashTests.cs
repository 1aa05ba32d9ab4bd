using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>Two nodes with one name, or with one device id, at one broker: each learns of the other and says what to do.</summary>
public sealed class NodeClashTests
{
    private const string OneName = "another node on";
    private const string OneId = "another node, ";

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task Two_nodes_of_one_name_are_said_on_both_sides(MqttVersion version)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        var (one, other) = (new ListLogger(), new ListLogger());
        await using var first = await StartAsync(Kitchen(broker, "a1b2") with { Version = version }, one);
        // The first node's record is published before the second listens, so the second learns of it only from an answer.
        await hub.MessageAsync("sernet/devices/a1b2");
        await using var second = await StartAsync(Kitchen(broker, "c3d4") with { Version = version }, other);

        Assert.Contains("c3d4 (this one's is a1b2)", await LineAsync(one, OneName), StringComparison.Ordinal);
        var line = await LineAsync(other, OneName);
        Assert.Contains("a1b2 (this one's is c3d4)", line, StringComparison.Ordinal);
        Assert.Contains("give one of them another name (--node", line, StringComparison.Ordinal);
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task Two_nodes_of_one_device_id_are_said_on_both_sides(MqttVersion version)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        var (one, other) = (new ListLogger(), new ListLogger());
        await using var first = await StartAsync(Kitchen(broker, "a1b2") with { Version = version }, one);
        // The first node's record is published before the second listens, so the second learns of it only from an answer.
        await hub.MessageAsync("sernet/devices/a1b2");
        await using var second = await StartAsync(Kitchen(broker, "a1b2") with { Node = "hall", Version = version }, other);

        Assert.Contains("hall on ", await LineAsync(one, OneId), StringComparison.Ordinal);
        var line = await LineAsync(other, OneId);
        Assert.Contains("kitchen on ", line, StringComparison.Ordinal);
        Assert.Contains("mqtt.device_id", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clash_is_said_and_answered_once_and_one_with_the_next_process_again()
    {
        var logger = new ListLogger();
        var clashes = new NodeClashes(Options(1) with { DeviceId = "a1b2" }, "this", logger);
        bool Heard(string instance) =>
            clashes.Heard(new NodeRecord("a1b2", "hall", null, new Dictionary<string, string>(), "machine", instance));

        // If each record were answered, the two nodes would answer each other forever.
        Assert.True(Heard("that"));
        Assert.False(Heard("that"));
        Assert.Single(logger.Lines);
        Assert.True(Heard("another"));
        Assert.False(Heard("this"));
        Assert.Equal(2, logger.Lines.Count);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_node_that_comes_back_is_not_taken_for_another()
    {
        await using var broker = await MosquittoBroker.StartNewAsync(persistent: true);
        var logger = new ListLogger();
        for (var run = 0; run < 2; run++)
        {
            await using var hub = await broker.SubscribeAsync();
            await using var publisher = await StartAsync(Kitchen(broker, "a1b2"), logger, new NodeDescription { Labels = ["anger"] });
            await hub.MessageAsync(message => message.Topic == "sernet/devices/a1b2" && !message.Retained);
            await broker.StopAsync();
            await broker.StartAsync();
            await logger.LinesAsync(2 * (run + 1), "connected to");
            await using var again = await broker.SubscribeAsync();
            await again.MessageAsync("sernet/devices/a1b2");
        }

        Assert.DoesNotContain(logger.Lines, line => line.Contains("another", StringComparison.Ordinal));
    }

    private static MqttOptions Kitchen(MosquittoBroker broker, string id) => Options(broker.Port) with { DeviceId = id };

    private static async Task<string> LineAsync(ListLogger logger, string part)
    {
        await logger.LineAsync(part);
        return logger.Lines.First(line => line.Contains(part, StringComparison.Ordinal));
    }
}
