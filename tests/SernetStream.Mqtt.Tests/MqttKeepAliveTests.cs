using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>A class of its own, so that this slow test runs in parallel with the others.</summary>
public sealed class MqttKeepAliveTests
{
    [NeedsFact("mosquitto")]
    public async Task A_broker_that_falls_silent_is_noticed_and_found_again()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var logger = new ListLogger();
        var options = Options(broker.Port) with { KeepAlive = TimeSpan.FromSeconds(5) };
        await using var publisher = await StartAsync(options, logger);
        await logger.LineAsync("connected to");

        broker.Freeze();
        await logger.LineAsync("lost (the broker does not answer any more); trying again in the background");
        broker.Thaw();

        await logger.LinesAsync(2, "connected to");
        Assert.Equal(3, logger.Lines.Count);
    }
}
