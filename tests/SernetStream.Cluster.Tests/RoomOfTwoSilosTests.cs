using System.Globalization;
using System.Text.Json;
using SernetStream.Mqtt;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>A room of a cluster is the device of hubs that a room of one machine is, wherever it is heard.</summary>
[Trait("Category", "real-parts")]
[Trait("Category", "slow")]
public sealed class RoomOfTwoSilosTests : IDisposable
{
    private const string Room = "kitchen";
    private readonly TemporaryFolder _folder = new();

    [NeedsFact("redis-server", "mosquitto", "mosquitto_sub", "mosquitto_pub")]
    public async Task It_takes_commands_and_what_was_set_moves_with_it()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var heard = await broker.SubscribeAsync();
        var rooms = _folder.Write("rooms.json", JsonSerializer.Serialize(
            new[] { new { name = Room, source = "file:" + Repository.PathOf("samples", "spoken.flac"), learn = true } }));
        var secret = ClusterSilo.WriteSecret(_folder, "secret", new string('s', 40));
        string[] more = ["--rooms", rooms, "--lag-limit", "100", "--mqtt", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{broker.Port}")];
        await using var one = ClusterSilo.Start("one", redis.Address, secret, more);
        await one.JoinedAsync();
        await heard.MessageAsync($"sernet/{Room}/availability", "online");
        await IsDeviceOfAsync(heard, "one");

        // Commands, the wrong one too.
        await heard.MessageAsync($"sernet/{Room}/sensitivity", "normal");
        await PublishAsync(broker, "sensitivity", "eager");
        await heard.MessageAsync($"sernet/{Room}/sensitivity", "eager");
        await PublishAsync(broker, "mute", "LOUD");
        await one.SaysAsync("it must be ON or OFF");
        await heard.MessageAsync(message => message.Topic == $"sernet/{Room}/event" && message.Payload.Contains("\"final\"", StringComparison.Ordinal));
        await PublishAsync(broker, "mute", "ON");
        await heard.MessageAsync($"sernet/{Room}/mute", "ON");
        await heard.MessageAsync(message => message.Topic == $"sernet/{Room}/state" && message.Payload.Contains("\"muted\":\"ON\"", StringComparison.Ordinal));

        // Its silo is killed: the broker says so, and the other one has the room, as it was set.
        await using var two = ClusterSilo.Start("two", redis.Address, secret, more);
        await two.JoinedAsync();
        await one.SaysAsync("is active");
        one.Process.Kill();
        await heard.MessageAsync("sernet/silo-one/availability", "offline");
        await two.SaysAsync($"hearing {Room}");
        await IsDeviceOfAsync(heard, "two");
        await using var later = await broker.SubscribeAsync($"sernet/{Room}/#");
        Assert.Equal("ON", (await later.MessageAsync($"sernet/{Room}/mute")).Payload);
        Assert.Equal("eager", (await later.MessageAsync($"sernet/{Room}/sensitivity")).Payload);
        await PublishAsync(broker, "mute", "OFF");
        await later.MessageAsync($"sernet/{Room}/mute", "OFF");
        await later.MessageAsync(message => message.Topic == $"sernet/{Room}/event" && message.Payload.Contains("\"final\"", StringComparison.Ordinal));

        // It leaves as it should: the room is offline, and nothing is said of it later.
        two.Process.Terminate();
        Assert.Equal(0, (await two.Process.ExitAsync()).ExitCode);
        await later.MessageAsync($"sernet/{Room}/availability", "offline");
        var events = heard.Messages.Where(message => message.Topic == $"sernet/{Room}/event")
            .Select(message => JsonDocument.Parse(message.Payload).RootElement.GetProperty("sequence").GetInt64()).ToList();
        Assert.Equal(events.Count, events.Distinct().Count());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Home Assistant's device of the room is there while both the room and the silo that hears it are.</summary>
    private static async Task IsDeviceOfAsync(MosquittoSubscriber heard, string silo)
    {
        // The id is of the room's name alone, so that it is the same device everywhere.
        var topic = $"homeassistant/device/sernet_{MqttOptions.DerivedDeviceId($"sernet/{Room}")}/config";
        var message = await heard.MessageAsync(message => message.Topic == topic && message.Payload.Contains($"sernet/silo-{silo}/availability", StringComparison.Ordinal));
        var device = JsonDocument.Parse(message.Payload).RootElement;
        Assert.Equal("all", device.GetProperty("availability_mode").GetString());
        Assert.Equal(
            [$"sernet/silo-{silo}/availability", $"sernet/{Room}/availability"],
            device.GetProperty("availability").EnumerateArray().Select(entry => entry.GetProperty("topic").GetString()));
        var components = device.GetProperty("cmps").EnumerateObject().Select(component => component.Name).ToHashSet();
        Assert.Superset(new HashSet<string> { "emotion", "speech", "mute", "sensitivity", "half_life", "threshold" }, components);
        Assert.False(device.GetProperty("dev").TryGetProperty("via_device", out _));
    }

    private static async Task PublishAsync(MosquittoBroker broker, string control, string value)
    {
        var result = await ChildProcess.RunAsync(
            "mosquitto_pub", ["-p", broker.Port.ToString(CultureInfo.InvariantCulture), "-q", "1", "-t", $"sernet/{Room}/{control}/set", "-m", value]);
        Assert.Equal(0, result.ExitCode);
    }
}
