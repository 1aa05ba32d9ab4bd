using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>
/// The whole chain on real parts: speech in a room (a PulseAudio null sink), captured through PortAudio, published to a
/// Mosquitto, received by a mosquitto_sub.
/// </summary>
public class RoomToBrokerTests
{
    private const string Node = "kitchen";

    [NeedsTheory("pulseaudio", "paplay", "mosquitto", "mosquitto_sub")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_said_in_the_room_arrives_at_the_broker(bool isKilled)
    {
        await using var room = await PulseRoom.OpenAsync();
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync("sernet/#");
        await using var daemon = Sernetd.Start(
            ["--device", "pulse", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", Node, "--output", "json"], room.Environment);
        await daemon.ErrorLineAsync(line => line.Contains("listening to", StringComparison.Ordinal));
        await subscriber.MessageAsync($"sernet/{Node}/availability", "online");

        await using var player = room.Repeat(Sernetd.SpokenSample);
        var message = await subscriber.MessageAsync(
            m => m.Topic == $"sernet/{Node}/event" && m.Payload.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
        var final = JsonDocument.Parse(message.Payload).RootElement;
        Assert.Equal("final", final.GetProperty("event_type").GetString());
        Assert.Equal(Node, final.GetProperty("node").GetString());
        Assert.InRange(final.GetProperty("audioEnd").GetDouble() - final.GetProperty("audioStart").GetDouble(), 0.3, 15);
        var heard = await daemon.OutputLineAsync(line => line.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
        Assert.Equal(final.GetProperty("sequence").GetInt64(), JsonDocument.Parse(heard).RootElement.GetProperty("sequence").GetInt64());

        var state = JsonDocument.Parse((await subscriber.MessageAsync(
            m => m.Topic == $"sernet/{Node}/state" && m.Payload.Contains("\"speech\":\"ON\"", StringComparison.Ordinal))).Payload).RootElement;
        Assert.Equal("OFF", state.GetProperty("muted").GetString());
        await subscriber.MessageAsync($"sernet/{Node}/attributes");

        // A clean stop publishes "offline" itself; after a kill, the broker publishes the will.
        if (isKilled)
        {
            daemon.Kill();
        }
        else
        {
            daemon.Terminate();
            Assert.Equal(0, (await daemon.ExitAsync()).ExitCode);
        }

        await subscriber.MessageAsync($"sernet/{Node}/availability", "offline");

        // A hub that connects later sees the retained messages.
        await using var later = await broker.SubscribeAsync("sernet/#");
        Assert.Equal("offline", (await later.MessageAsync($"sernet/{Node}/availability")).Payload);
        Assert.True((await later.MessageAsync($"sernet/{Node}/state")).Retained);
    }

    [NeedsTheory("pulseaudio", "paplay")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_sound_server_that_comes_later_or_comes_back_is_listened_to(bool isThereAtTheStart)
    {
        await using var room = await PulseRoom.OpenAsync();
        if (!isThereAtTheStart)
        {
            await room.KillAsync();
        }

        await using var daemon = Sernetd.Start(["--device", "pulse", "--wait-device", "--output", "json"], room.Environment);
        await daemon.ErrorLineAsync(
            line => line.Contains(isThereAtTheStart ? "listening to" : "waiting to listen to", StringComparison.Ordinal));
        if (isThereAtTheStart)
        {
            await daemon.ErrorLineAsync(line => line.Contains("real-time priority", StringComparison.Ordinal));
            await room.KillAsync();
        }

        await daemon.ErrorLineAsync(line => line.Contains("Trying again", StringComparison.Ordinal));
        await room.StartAsync();
        await daemon.ErrorLineAsync(
            line => line.Contains(isThereAtTheStart ? "listening to pulse again" : ": listening to pulse", StringComparison.Ordinal));
        await using var player = room.Repeat(Sernetd.SpokenSample);
        await daemon.OutputLineAsync(line => line.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
        daemon.Terminate();
        Assert.Equal(0, (await daemon.ExitAsync(TimeSpan.FromSeconds(20))).ExitCode);
    }

    [NeedsFact("pulseaudio", "paplay", "pactl", "mosquitto", "mosquitto_sub")]
    public async Task A_muted_and_a_dead_microphone_are_told_from_a_quiet_room()
    {
        await using var room = await PulseRoom.OpenAsync();
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync($"sernet/{Node}/health");
        var port = Loopback.FreePort();
        await using var noise = room.PlayNoise();
        await using var daemon = Sernetd.Start(
            ["--device", "pulse", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", Node, "--output", "none", "--web", $"{port}",
                "--set", "mqtt.health_interval=3600"],
            room.Environment);
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        await daemon.ErrorLineAsync(line => line.Contains("listening to", StringComparison.Ordinal));

        // Waits until this state of the microphone was published so many times.
        Task SaidAsync(string state, int times = 1) => subscriber.MessagesAsync(
            times, message => message.Payload.Contains($"\"microphone\":\"{state}\"", StringComparison.Ordinal));
        async Task<(int Status, string Body)> ReadyAsync()
        {
            using var answer = await http.GetAsync(new Uri("health/ready", UriKind.Relative));
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        await SaidAsync("works");
        await room.MuteAsync(true);
        await SaidAsync("muted");
        Assert.Contains("\"microphone\":\"muted\"", (await ReadyAsync()).Body, StringComparison.Ordinal);
        await room.MuteAsync(false);
        await SaidAsync("works", times: 2);
        Assert.Equal(200, (await ReadyAsync()).Status);
        await room.KillAsync();
        await SaidAsync("dead");
        Assert.Equal((503, true), ((await ReadyAsync()) is var (status, body) ? status : 0, body.Contains("no audio", StringComparison.Ordinal)));
        using var live = await http.GetAsync(new Uri("health/live", UriKind.Relative));
        Assert.True(live.IsSuccessStatusCode);
        await room.StartAsync();
        await SaidAsync("works", times: 3);
        Assert.Equal(200, (await ReadyAsync()).Status);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task Encrypted_the_node_is_announced_as_a_device_with_the_labels_of_its_model()
    {
        using var certificates = new TestCertificates();
        await using var broker = await MosquittoBroker.StartWithTlsAsync(certificates.Server());
        await using var subscriber = await broker.SubscribeWithAsync("#", "--cafile", certificates.AuthorityFile);
        await using var daemon = Sernetd.Start(
            [
                "--device", $"file:{Sernetd.SpokenSample}", "--mqtt", $"mqtts://localhost:{broker.Port}",
                "--mqtt-ca", certificates.AuthorityFile, "--node", Node, "--set", "mqtt.version=5", "--set", "mqtt.device_id=e2e",
            ]);

        var announced = JsonDocument.Parse((await subscriber.MessageAsync("homeassistant/device/sernet_e2e/config")).Payload);
        var options = announced.RootElement.GetProperty("cmps").GetProperty("emotion").GetProperty("options");
        Assert.Contains("sadness", options.EnumerateArray().Select(option => option.GetString()));
        await subscriber.MessageAsync(
            m => m.Topic == $"sernet/{Node}/health" && m.Payload.Contains("\"utterances\":", StringComparison.Ordinal));
        await subscriber.MessageAsync($"sernet/{Node}/event");
        daemon.Terminate();
        await subscriber.MessageAsync($"sernet/{Node}/availability", "offline");
    }

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_pub")]
    public async Task Sensitivity_and_threshold_follow_each_other()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync("sernet/#");
        await using var daemon = Sernetd.Start(
            ["--device", "stdin", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", Node, "--output", "json", "--sensitivity", "calm"]);
        await subscriber.MessageAsync($"sernet/{Node}/sensitivity", "calm");
        await subscriber.MessageAsync($"sernet/{Node}/threshold", Threshold(2));
        await subscriber.MessageAsync(m => m.Topic.StartsWith("sernet/devices/", StringComparison.Ordinal));

        await TellAsync("sensitivity", "eager");
        await subscriber.MessageAsync($"sernet/{Node}/threshold", Threshold(10));
        await subscriber.MessageAsync($"sernet/{Node}/sensitivity", "eager");
        await TellAsync("threshold", "0.6");
        await subscriber.MessageAsync($"sernet/{Node}/sensitivity", "custom");
        await TellAsync("sensitivity", "hectic");
        await daemon.ErrorLineAsync(line => line.Contains("it must be one of calm, normal, eager", StringComparison.Ordinal));
        daemon.Terminate();
        await daemon.ExitAsync();

        // The threshold in the card of the default model.
        static string Threshold(int falseEmotions) => JsonDocument
            .Parse(File.ReadAllText(Repository.PathOf("src", "SernetStream.Models", "BuiltIn", "light-sernet-streaming-int8.json")))
            .RootElement.GetProperty("operatingPoints").GetProperty("points").EnumerateArray()
            .Single(point => point.GetProperty("falseEmotions").GetInt32() == falseEmotions)
            .GetProperty("threshold").GetDouble().ToString("0.###", System.Globalization.CultureInfo.InvariantCulture);

        async Task TellAsync(string what, string value) => Assert.Equal(0, (await ChildProcess.RunAsync(
            "mosquitto_pub", ["-h", "127.0.0.1", "-p", $"{broker.Port}", "-q", "1", "-t", $"sernet/{Node}/{what}/set", "-m", value])).ExitCode);
    }

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_pub")]
    public async Task What_it_is_told_over_the_broker_takes_effect()
    {
        // This model's card has no thresholds, so the threshold starts at 0.5.
        const string Plain = "light-sernet-emodb-int8";
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync("sernet/#");
        await using var daemon = Sernetd.Start(
            ["--device", "stdin", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", Node, "--output", "json", "--model", Plain]);
        await subscriber.MessageAsync($"sernet/{Node}/mute", "OFF");
        await subscriber.MessageAsync($"sernet/{Node}/threshold", "0.5");
        // The node publishes its record after it has subscribed to its commands.
        await subscriber.MessageAsync(m => m.Topic.StartsWith("sernet/devices/", StringComparison.Ordinal));

        await TellAsync("threshold", "0.8");
        await subscriber.MessageAsync($"sernet/{Node}/threshold", "0.8");
        await TellAsync("threshold", "0.2");
        await daemon.ErrorLineAsync(line => line.Contains("it must be a number of 0.35 (smoothing.leave) to 1", StringComparison.Ordinal));
        await TellAsync("mute", "ON");
        await subscriber.MessageAsync($"sernet/{Node}/mute", "ON");
        await subscriber.MessageAsync(
            m => m.Topic == $"sernet/{Node}/state" && m.Payload.Contains("\"muted\":\"ON\"", StringComparison.Ordinal));
        await TellAsync("log-level", "error");
        await subscriber.MessageAsync($"sernet/{Node}/log-level", "error");
        daemon.Terminate();
        await daemon.ExitAsync();
        Assert.DoesNotContain(daemon.ErrorLines, line => line.Contains("heard ", StringComparison.Ordinal));

        async Task TellAsync(string what, string value) => Assert.Equal(0, (await ChildProcess.RunAsync(
            "mosquitto_pub",
            ["-h", "127.0.0.1", "-p", $"{broker.Port}", "-q", "1", "-t", $"sernet/{Node}/{what}/set", "-m", value])).ExitCode);
    }

    [NeedsFact("mosquitto")]
    public async Task A_certificate_that_cannot_be_read_is_a_wrong_configuration()
    {
        var result = await Sernetd.RunAsync("--mqtt", "mqtts://localhost", "--mqtt-ca", "/no/such/ca.pem", "--node", Node);

        Sernetd.AssertRefused(result, 2, "/no/such/ca.pem with the MQTT certificate authorities cannot be read");
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_broker_that_is_down_is_said_once_and_found_when_it_comes()
    {
        await using var broker = MosquittoBroker.NotYetStarted();
        await using var daemon = StartOnSample(broker.Port);
        await daemon.ErrorLineAsync(line => line.Contains("cannot reach", StringComparison.Ordinal));
        await daemon.OutputLineAsync(line => line.Contains("\"kind\":\"final\"", StringComparison.Ordinal));

        await broker.StartAsync();
        await using var subscriber = await broker.SubscribeAsync("sernet/#");
        await subscriber.MessageAsync($"sernet/{Node}/availability", "online");
        // Events from the time without a broker arrive.
        var final = await subscriber.MessageAsync(
            m => m.Topic == $"sernet/{Node}/event" && m.Payload.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
        Assert.NotNull(final);
        Assert.Single(daemon.ErrorLines, line => line.Contains("cannot reach", StringComparison.Ordinal));

        await broker.KillAsync();
        await daemon.ErrorLineAsync(line => line.Contains("lost", StringComparison.Ordinal));
        daemon.Terminate();
        Assert.Equal(0, (await daemon.ExitAsync(TimeSpan.FromSeconds(20))).ExitCode);
    }

    [NeedsFact("mosquitto", "mosquitto_passwd")]
    public async Task A_refused_password_is_said_once_and_the_daemon_keeps_listening()
    {
        await using var broker = await MosquittoBroker.StartNewAsync("hub", "right");
        await using var daemon = Sernetd.Start(
            ["--device", $"file:{Sernetd.SpokenSample}", "--mqtt", $"mqtt://hub@127.0.0.1:{broker.Port}", "--node", Node, "--output", "json"],
            new Dictionary<string, string> { ["SERNET_MQTT_PASSWORD"] = "wrong" });
        await daemon.ErrorLineAsync(line => line.Contains("refused", StringComparison.Ordinal));
        await daemon.OutputLineAsync(line => line.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
        Assert.Single(daemon.ErrorLines, line => line.Contains("refused", StringComparison.Ordinal));
        Assert.DoesNotContain(daemon.ErrorLines, line => line.Contains("wrong", StringComparison.Ordinal));
        daemon.Terminate();
        Assert.Equal(0, (await daemon.ExitAsync(TimeSpan.FromSeconds(20))).ExitCode);
    }

    private static ChildProcess StartOnSample(int port) => Sernetd.Start(
        ["--device", $"file:{Sernetd.SpokenSample}", "--mqtt", $"127.0.0.1:{port}", "--node", Node, "--output", "json"]);
}
