using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>How loud a real room is, and how long it has been so today, from the daemon to a broker.</summary>
public sealed class LevelTests
{
    private const string Level = "sernet/den/level";
    private const string Today = "sernet/den/today";

    [NeedsFact(PulseRoom.Server, PulseRoom.Player, "sox", "mosquitto", "mosquitto_sub", "mosquitto_pub")]
    public async Task A_room_has_a_level_that_follows_it_and_a_muted_node_has_none()
    {
        using var state = new TemporaryFolder();
        await using var room = await PulseRoom.OpenAsync();
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync("sernet/#");
        await using var noise = room.PlayNoise();
        await using var daemon = Sernetd.Start(
            [
                "--device", "pulse", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", "den", "--output", "none",
                "--set", "mqtt.level_interval=1", "--set", "mqtt.statistics=true",
            ],
            new Dictionary<string, string>(room.Environment) { ["STATE_DIRECTORY"] = state.FullPath });

        await hub.MessageAsync(message => message.Topic == Level && Read(message) is > -70 and < -30);
        await room.MuteAsync(true);
        await hub.MessageAsync(message => message.Topic == Level && Read(message) is -120);
        await room.MuteAsync(false);
        await using var player = room.Repeat(Sernetd.SpokenSample);
        await hub.MessageAsync(message => message.Topic == Level && Read(message) is > -30 and < 0);
        Assert.Equal(0, (await ChildProcess.RunAsync("mosquitto_pub", ["-p", $"{broker.Port}", "-t", "sernet/den/mute/set", "-m", "ON"])).ExitCode);
        await hub.MessageAsync(Level, """{"level":null}""");

        Assert.True((await hub.MessageAsync(Today)).Retained is false);
        daemon.Terminate();
        await daemon.ExitAsync();
    }

    private static double? Read(MqttMessage message)
    {
        using var payload = JsonDocument.Parse(message.Payload);
        return payload.RootElement.GetProperty("level") is { ValueKind: JsonValueKind.Number } level ? level.GetDouble() : null;
    }
}
