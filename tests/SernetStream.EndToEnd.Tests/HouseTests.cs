using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>A house of several rooms in one daemon, with a real broker.</summary>
public sealed class HouseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_pub")]
    public async Task Rooms_come_change_and_go_by_SIGHUP_and_the_others_do_not_notice()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync();
        var speech = Recording("speech.wav", [.. Quiet(1), .. GoldenSignal.Spoken, .. Quiet(400)]);
        var file = Write(broker, ("kitchen", speech, ""), ("bath", Recording("bath.wav", Quiet(400)), ""));
        await using var daemon = Sernetd.Start(["--config", file]);
        daemon.StandardInput.Close();

        await hub.MessageAsync("sernet/house/availability", "online");
        await hub.MessageAsync("sernet/kitchen/availability", "online");
        await hub.MessageAsync("sernet/bath/availability", "online");
        var final = await hub.MessageAsync(m => m.Topic == "sernet/kitchen/event" && m.Payload.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
        Assert.Equal("kitchen", JsonDocument.Parse(final.Payload).RootElement.GetProperty("node").GetString());
        await daemon.OutputLineAsync(line => line.Contains("\"node\":\"kitchen\"", StringComparison.Ordinal));
        await AssertDeviceAsync(hub);

        // A command of one room reaches that room alone.
        await PublishAsync(broker, "sernet/bath/mute/set", "ON");
        await hub.MessageAsync("sernet/bath/mute", "ON");
        Assert.DoesNotContain(hub.Messages, m => m is { Topic: "sernet/kitchen/mute", Payload: "ON" });

        // Broken: one sentence, and everything stays.
        await File.WriteAllTextAsync(file, "rooms:\n  kitchen:\n    gate: 7\n");
        daemon.HangUp();
        await daemon.ErrorLineAsync(line => line.Contains("the configuration was not read again, and everything stays as it was", StringComparison.Ordinal));

        // The bath is gone, the hall is new, the kitchen stays.
        Write(broker, ("kitchen", speech, ""), ("hall", Recording("hall.wav", Quiet(400)), "    sensitivity: calm\n"));
        daemon.HangUp();
        await daemon.ErrorLineAsync(line => line.Contains("rooms added: 1, changed: 0, removed: 1", StringComparison.Ordinal));
        await hub.MessageAsync("sernet/hall/availability", "online");
        await hub.MessageAsync("sernet/bath/availability", "");
        Assert.DoesNotContain(hub.Messages, m => m is { Topic: "sernet/kitchen/availability", Payload: not "online" });

        daemon.Terminate();
        var result = await daemon.ExitAsync();
        Assert.Equal(0, result.ExitCode);
        await hub.MessageAsync("sernet/house/availability", "offline");
        await hub.MessageAsync("sernet/hall/availability", "offline");
        Assert.Single(result.Errors.Split('\n'), line => line.Contains("kitchen: listening to", StringComparison.Ordinal));

        // What the bath had published is gone; nothing else is.
        await using var later = await broker.SubscribeAsync("sernet/#");
        await later.MessageAsync("sernet/hall/availability", "offline");
        Assert.DoesNotContain(later.Messages, m => m.Topic.StartsWith("sernet/bath/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_room_that_cannot_be_heard_is_tried_again_and_the_others_are_heard()
    {
        var speech = Recording("speech.wav", [.. Quiet(1), .. GoldenSignal.Spoken, .. Quiet(3)]);
        var file = _folder.PathOf("house.yaml");
        await File.WriteAllTextAsync(file, $"node: house\noutput: json\nrooms:\n  away:\n    device: file:{_folder.PathOf("missing.wav")}\n  here:\n    device: file:{speech}\n");
        await using var daemon = Sernetd.Start(["--config", file]);
        daemon.StandardInput.Close();
        await daemon.ErrorLineAsync(line => line.StartsWith("sernetd: away: ", StringComparison.Ordinal) && line.Contains("Trying again in", StringComparison.Ordinal));
        await daemon.OutputLineAsync(line => line.Contains("\"node\":\"here\"", StringComparison.Ordinal) && line.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
        daemon.Terminate();
        Assert.Equal(0, (await daemon.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task Each_room_is_asked_for_by_its_name_and_a_wrong_one_is_a_sentence()
    {
        var speech = Recording("speech.wav", [.. Quiet(1), .. GoldenSignal.Spoken, .. Quiet(400)]);
        var file = _folder.PathOf("house.yaml");
        await File.WriteAllTextAsync(file, $"node: house\nrooms:\n  here:\n    device: file:{speech}\n  there:\n    device: file:{speech}\n  away:\n    device: file:{_folder.PathOf("missing.wav")}\n");
        await using var node = await WebNode.StartAsync(["--config", file], environment: null);
        await node.Process.OutputLineAsync(line => line.Contains("\"node\":\"there\"", StringComparison.Ordinal));
        var rooms = JsonDocument.Parse(await node.GetTextAsync("/api/rooms")).RootElement;
        Assert.True(rooms.GetProperty("house").GetBoolean());
        Assert.Equal(["here", "there", "away"], rooms.GetProperty("rooms").EnumerateArray().Select(room => room.GetProperty("name").GetString()));

        foreach (var (path, status, sentence) in new[]
        {
            ("/api/mute?room=there", 204, ""),
            ("/api/mute?room=nowhere", 404, "There is no room of this name; there are: here, there, away."),
            ("/api/mute?room=away", 503, "Nothing was heard from away yet; the log says why. It is tried again."),
        })
        {
            using var content = new StringContent("{\"muted\":true}", System.Text.Encoding.UTF8, "application/json");
            using var answer = await node.SendAsync(HttpMethod.Post, path, content: content);
            Assert.Equal((status, sentence), ((int)answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Trim()));
        }

        rooms = JsonDocument.Parse(await node.GetTextAsync("/api/rooms")).RootElement;
        Assert.Equal([false, true], rooms.GetProperty("rooms").EnumerateArray().Take(2).Select(room => room.GetProperty("muted").GetBoolean()));
        Assert.Contains("\"status\":\"ok\"", await node.GetTextAsync("/health/live"), StringComparison.Ordinal);
        using var ready = await node.SendAsync(HttpMethod.Get, "/health/ready");
        Assert.Equal(503, (int)ready.StatusCode);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_room_whose_microphone_dies_or_comes_back_says_so_before_its_interval_is_over()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var hub = await broker.SubscribeAsync("sernet/kitchen/health");
        using var microphone = new TcpListener(IPAddress.Loopback, Loopback.FreePort());
        microphone.Start();
        var file = _folder.PathOf("house.yaml");
        await File.WriteAllTextAsync(
            file,
            $"node: house\noutput: none\nmqtt:\n  broker: 127.0.0.1:{broker.Port}\n  health_interval: 3600\nrooms:\n"
            + $"  kitchen:\n    device: tcp://{microphone.LocalEndpoint}\n  hall:\n    device: file:{Recording("quiet.wav", Quiet(400))}\n");
        await using var daemon = Sernetd.Start(["--config", file]);
        daemon.StandardInput.Close();
        Task SaidAsync(string state, int times = 1) => hub.MessagesAsync(
            times, message => message.Payload.Contains($"\"microphone\":\"{state}\"", StringComparison.Ordinal));

        using (var first = await microphone.AcceptTcpClientAsync())
        {
            await first.GetStream().WriteAsync(new byte[] { 1 });
            await SaidAsync("works");
        }

        microphone.Stop();
        await SaidAsync("dead");
        microphone.Start();
        using var second = await microphone.AcceptTcpClientAsync();
        await second.GetStream().WriteAsync(Enumerable.Repeat((byte)1, 32000).ToArray());
        await SaidAsync("works", times: 2);
    }

    [NeedsFact("python3")]
    public async Task SIGHUP_reloads_in_a_terminal_too_until_the_terminal_is_closed()
    {
        var file = _folder.PathOf("house.yaml");
        await File.WriteAllTextAsync(file, $"node: house\noutput: none\nrooms:\n  here:\n    device: file:{Recording("quiet.wav", Quiet(400))}\n");
        var result = await ChildProcess.RunAsync("python3", [
            Repository.PathOf("tests", "SernetStream.EndToEnd.Tests", "hang_up.py"), "listening to", "the configuration was read again",
            "dotnet", Repository.Daemon, "--config", file]);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
    }

    [Fact]
    public async Task A_room_with_an_unknown_model_is_named_before_the_start()
    {
        var file = _folder.PathOf("house.yaml");
        await File.WriteAllTextAsync(file, "node: house\nrooms:\n  a:\n    device: hw:1\n    model: nonsense\n");
        Sernetd.AssertRefused(await Sernetd.RunAsync("config", "check", file), 2, "house.yaml:5: In rooms.a, ", "nonsense");
        Sernetd.AssertRefused(await Sernetd.RunAsync("--config", file), 2, "house.yaml:5: In rooms.a, ", "nonsense");
    }

    [Fact]
    public async Task The_house_of_the_examples_can_be_used()
    {
        var secret = _folder.PathOf("secret");
        await File.WriteAllTextAsync(secret, "secret\n");
        var file = _folder.PathOf("six-rooms.yaml");
        var lines = await File.ReadAllLinesAsync(Repository.PathOf("configs", "six-rooms.yaml"));
        await File.WriteAllLinesAsync(file, lines.Select(line => line.Contains("password_file:", StringComparison.Ordinal)
            ? line[..line.IndexOf('/', StringComparison.Ordinal)] + secret
            : line));
        var result = await Sernetd.RunAsync("config", "check", file);
        Assert.Equal((0, ""), (result.ExitCode, result.Errors));
    }

    private static async Task AssertDeviceAsync(MosquittoSubscriber hub)
    {
        bool IsConfig(MqttMessage message, string node) => message.Topic.StartsWith("homeassistant/device/", StringComparison.Ordinal)
            && message.Payload.Contains($"\"SernetStream {node}\"", StringComparison.Ordinal);
        var house = JsonDocument.Parse((await hub.MessageAsync(m => IsConfig(m, "house"))).Payload).RootElement;
        var kitchen = JsonDocument.Parse((await hub.MessageAsync(m => IsConfig(m, "kitchen"))).Payload).RootElement;
        Assert.Equal(
            house.GetProperty("dev").GetProperty("ids")[0].GetString(), kitchen.GetProperty("dev").GetProperty("via_device").GetString());
        Assert.Equal(
            ["sernet/house/availability", "sernet/kitchen/availability"],
            kitchen.GetProperty("availability").EnumerateArray().Select(one => one.GetProperty("topic").GetString()));
        Assert.Equal("all", kitchen.GetProperty("availability_mode").GetString());
        Assert.False(house.GetProperty("cmps").TryGetProperty("emotion", out _));
    }

    private static async Task PublishAsync(MosquittoBroker broker, string topic, string payload) => Assert.Equal(0, (await ChildProcess.RunAsync(
        "mosquitto_pub", ["-h", "127.0.0.1", "-p", broker.Port.ToString(CultureInfo.InvariantCulture), "-t", topic, "-m", payload])).ExitCode);

    private static float[] Quiet(double seconds) => new float[(int)(seconds * 16000)];

    private string Recording(string name, float[] samples)
    {
        var path = _folder.PathOf(name);
        File.WriteAllBytes(path, Wav.Pcm16(16000, 1, [.. samples.Select(sample => (short)Math.Clamp(sample * 32768f, short.MinValue, short.MaxValue))]));
        return path;
    }

    private string Write(MosquittoBroker broker, params (string Name, string Wav, string More)[] rooms)
    {
        var file = _folder.PathOf("house.yaml");
        File.WriteAllText(
            file,
            $"node: house\noutput: json\nmqtt:\n  broker: 127.0.0.1:{broker.Port}\nrooms:\n"
            + string.Concat(rooms.Select(room => $"  {room.Name}:\n    device: file:{room.Wav}\n{room.More}")));
        return file;
    }
}
