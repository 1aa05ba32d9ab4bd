using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>Each test makes one fault in a working setup. Doctor must find it and say how to fix it.</summary>
[SupportedOSPlatform("linux")]
public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Where_all_is_well_it_says_so()
    {
        var result = await Sernetd.RunAsync("doctor", "--device", $"file:{Sernetd.SpokenSample}");
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        Assert.Contains("level", result.Output, StringComparison.Ordinal);
        Assert.Contains("answer to the test signal is right", result.Output, StringComparison.Ordinal);
    }

    [NeedsFact("aplay")]
    public Task A_device_that_is_not_there() => FindsAsync("device", "no such microphone", "--device", "no such microphone");

    [Fact]
    public Task A_device_that_is_mute()
    {
        var silence = _folder.Write("silence.wav", Wav.Pcm16(16000, 1, new short[16000]));
        return FindsAsync("device", "mute", "--device", $"file:{silence}");
    }

    [Fact]
    public async Task A_native_library_that_is_broken()
    {
        _folder.Write("libsndfile.so.1", "not a library");
        var result = await Sernetd.RunAsync(
            ["doctor", "--json", "--device", $"file:{Sernetd.SpokenSample}"],
            new Dictionary<string, string> { ["LD_LIBRARY_PATH"] = _folder.FullPath });
        AssertFinds(result, "libraries", "libsndfile1");
    }

    [Fact]
    public async Task A_model_whose_file_was_changed()
    {
        var card = await CopyModelAsync();
        var onnx = Path.ChangeExtension(card, ".onnx");
        var bytes = await File.ReadAllBytesAsync(onnx);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(onnx, bytes);
        await FindsInFileAsync("model", "from the same place", "--model", card);
    }

    [Fact]
    public async Task A_model_whose_card_is_wrong()
    {
        var card = await CopyModelAsync();
        await File.WriteAllTextAsync(card, (await File.ReadAllTextAsync(card)).Replace("\"labels\"", "\"lables\"", StringComparison.Ordinal));
        await FindsInFileAsync("model", "Correct the card", "--model", card);
    }

    [Fact]
    public Task A_broker_that_is_not_there()
    {
        var port = Loopback.FreePort().ToString(CultureInfo.InvariantCulture);
        return FindsInFileAsync("broker", "that the broker runs", "--mqtt", $"127.0.0.1:{port}");
    }

    [NeedsFact("mosquitto")]
    public async Task A_broker_that_refuses_the_password()
    {
        await using var broker = await MosquittoBroker.StartNewAsync("sernet", "right");
        var password = _folder.Write("password", "wrong");
        File.SetUnixFileMode(password, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await FindsInFileAsync(
            "broker", "mqtt.password_file", "--mqtt", $"sernet@127.0.0.1:{broker.Port}", "--mqtt-password-file", password);
    }

    [NeedsTheory("mosquitto")]
    [InlineData("retain_available false", "retain_available true")]
    [InlineData("max_packet_size 2000", "max_packet_size and message_size_limit")]
    [InlineData("message_size_limit 2000", "max_packet_size and message_size_limit")]
    public Task A_broker_that_does_not_take_what_the_daemon_sends(string line, string mend) =>
        FindsAtBrokerAsync(mend, ["--set", "mqtt.device_id=a1b2c3d4e5f6"], line);

    [NeedsTheory("mosquitto")]
    [InlineData("topic read #", "sernet/kitchen/state", "the right to write")]
    [InlineData("topic read #\ntopic write sernet/kitchen/#\ntopic write homeassistant/#", "sernet/devices/", "the right to write")]
    [InlineData("topic read #\ntopic write sernet/#", "homeassistant/device/sernet_", "the right to write")]
    [InlineData("topic write #\ntopic read sernet/kitchen/state", "sernet/kitchen/+/set", "the right to read sernet/kitchen/+/set")]
    public async Task A_broker_that_does_not_give_the_rights(string rights, string topic, string mend)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("rights", rights + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await FindsAtBrokerAsync(mend, [], $"acl_file {file}");
        await FindsAtBrokerAsync(topic, ["--set", "mqtt.device_id=a1b2c3d4e5f6"], $"acl_file {file}");
    }

    [NeedsFact("mosquitto")]
    public async Task A_right_to_say_hello_that_is_missing()
    {
        var file = _folder.Write("rights", "topic read #\ntopic write sernet/#\ntopic write homeassistant/#\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await FindsAtBrokerAsync("the right to write", ["--set", "mqtt.hello_topic=home/hello"], $"acl_file {file}");
    }

    [NeedsFact("mosquitto")]
    public async Task A_broker_over_WebSockets_whose_certificate_has_another_name_is_found_well()
    {
        using var certificates = new TestCertificates();
        var server = certificates.Server("broker.example");
        await using var broker = await MosquittoBroker.StartWithAsync(
            "protocol websockets", $"certfile {server.CertificateFile}", $"keyfile {server.KeyFile}", $"listener {Loopback.FreePort()} 127.0.0.1");
        string[] options =
        [
            "doctor", "--json", "--device", $"file:{Sernetd.SpokenSample}", "--mqtt", $"wss://127.0.0.1:{broker.Port}/mqtt",
            "--mqtt-ca", certificates.AuthorityFile,
        ];

        var well = await Sernetd.RunAsync([.. options, "--mqtt-server-name", "broker.example"]);
        Assert.True(well.ExitCode == 0, well.Output);
        Assert.Contains("keeps its messages", well.Output, StringComparison.Ordinal);
        AssertFinds(await Sernetd.RunAsync(options), "broker", "settings of TLS");
    }

    [NeedsFact("mosquitto")]
    public async Task A_right_that_is_missing_is_not_taken_for_a_limit_of_size()
    {
        var file = _folder.Write("rights", "topic read #\ntopic write homeassistant/#\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using var broker = await MosquittoBroker.StartWithAsync($"acl_file {file}");
        var result = await Sernetd.RunAsync(
            "doctor", "--json", "--device", $"file:{Sernetd.SpokenSample}", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", "kitchen");
        AssertFinds(result, "broker", "the right to write");
        Assert.DoesNotContain("max_packet_size", result.Output, StringComparison.Ordinal);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_node_that_runs_is_not_disturbed_and_nothing_is_left_behind()
    {
        var state = new Dictionary<string, string> { ["STATE_DIRECTORY"] = _folder.FullPath };
        await using var broker = await MosquittoBroker.StartNewAsync();
        string[] options = ["--mqtt", $"127.0.0.1:{broker.Port}", "--node", "kitchen"];
        await using var live = await broker.SubscribeAsync();
        await using var kitchen = Sernetd.Start(["--device", "stdin", "--output", "none", .. options], state);
        await live.MessageAsync(message => message.Topic.StartsWith("homeassistant/device/", StringComparison.Ordinal));
        await live.MessageAsync(message => message.Topic.StartsWith("sernet/devices/", StringComparison.Ordinal));
        var before = await RetainedAsync(broker);
        var count = live.Messages.Count;

        var result = await Sernetd.RunAsync(["doctor", "--device", $"file:{Sernetd.SpokenSample}", .. options], state);

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("keeps its messages, and delivers its commands", result.Output, StringComparison.Ordinal);
        Assert.Equal(before, await RetainedAsync(broker));
        string[] known = ["marker", "sernet/kitchen/doctor", "sernet/kitchen/doctor/set", "sernet/kitchen/health"];
        Assert.All(
            live.Messages.Skip(count).Where(message => !known.Contains(message.Topic)),
            message => Assert.Equal(before[message.Topic], message.Payload));
        Assert.DoesNotContain(kitchen.ErrorLines, line => line.Contains("ignored", StringComparison.Ordinal));
    }

    /// <summary>Everything that the broker retains, except the health topic, which changes by itself.</summary>
    private static async Task<Dictionary<string, string>> RetainedAsync(MosquittoBroker broker)
    {
        await using var late = await broker.SubscribeAsync();
        var marker = await ChildProcess.RunAsync("mosquitto_pub", ["-h", "127.0.0.1", "-p", $"{broker.Port}", "-t", "marker", "-m", "end"]);
        Assert.Equal(0, marker.ExitCode);
        await late.MessageAsync("marker");
        return late.Messages.Where(message => message.Retained && message.Payload.Length > 0 && !message.Topic.EndsWith("/health", StringComparison.Ordinal))
            .ToDictionary(message => message.Topic, message => message.Payload);
    }

    private static async Task FindsAtBrokerAsync(string mend, string[] options, params string[] lines)
    {
        await using var broker = await MosquittoBroker.StartWithAsync(lines);
        await FindsInFileAsync("broker", mend, ["--mqtt", $"127.0.0.1:{broker.Port}", "--node", "kitchen", .. options]);
    }

    [Fact]
    public Task A_plugin_that_is_not_installed() =>
        FindsInFileAsync("plugins", "plugin_directory", "--plugin", "Nothing", "--set", $"plugin_directory={_folder.FullPath}");

    [Fact]
    public async Task A_port_that_is_taken()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await FindsInFileAsync("dashboard", "web.listen", "--web", port);
    }

    [Fact]
    public async Task A_secret_that_everybody_can_read()
    {
        var token = _folder.Write("token", "correct horse battery staple");
        File.SetUnixFileMode(token, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var result = await Sernetd.RunAsync(
            "doctor", "--json", "--device", $"file:{Sernetd.SpokenSample}", "--web-token-file", token);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("chmod 600", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_with_mistakes()
    {
        var file = _folder.Write("sernetd.yaml", "gate:\n  open: 7\nnodee: kitchen\n");
        var result = await Sernetd.RunAsync("doctor", "--json", "--config", file);
        AssertFinds(result, "configuration", "config check");
        Assert.Equal(2, Findings(result, "configuration").Count(finding => finding.GetProperty("severity").GetString() == "fault"));
    }

    [Fact]
    public async Task Bench_says_costs_and_streams()
    {
        var result = await ChildProcess.RunAsync(
            "dotnet", [Repository.Daemon, "bench", "--json", "--seconds", "2"], patience: TimeSpan.FromMinutes(3));
        Assert.True(result.ExitCode == 0, result.Errors);
        var bench = JsonDocument.Parse(result.Output).RootElement;
        var (stages, quiet) = (bench.GetProperty("stageMsPerSecond"), bench.GetProperty("quietStageMsPerSecond"));
        Assert.All(
            new[] { "frontEnd", "speechGate", "classifier" },
            stage => Assert.InRange(stages.GetProperty(stage).GetDouble(), double.Epsilon, 1000));
        Assert.InRange(quiet.GetProperty("speechGate").GetDouble(), double.Epsilon, 1000);
        Assert.Equal(0, quiet.GetProperty("classifier").GetDouble());
        var total = stages.EnumerateObject().Sum(stage => stage.Value.GetDouble());
        Assert.InRange(bench.GetProperty("roomsPerCore").GetDouble() * total, 500, 1001);
        Assert.InRange(bench.GetProperty("quietRoomsPerCore").GetInt32(), bench.GetProperty("roomsPerCore").GetInt32(), int.MaxValue);
        var best = bench.GetProperty("streams").GetInt32();
        var held = bench.GetProperty("trials").EnumerateArray().Where(trial => trial.GetProperty("holds").GetBoolean()).ToList();
        Assert.Equal(held.Count == 0 ? 0 : held.Max(trial => trial.GetProperty("streams").GetInt32()), best);
    }

    private async Task<string> CopyModelAsync()
    {
        const string Name = "light-sernet-emodb-int8";
        foreach (var ending in new[] { ".json", ".onnx" })
        {
            await using var from = File.OpenRead(Repository.PathOf("src", "SernetStream.Models", "BuiltIn", Name + ending));
            await using var to = File.Create(_folder.PathOf(Name + ending));
            await from.CopyToAsync(to);
        }

        return _folder.PathOf(Name + ".json");
    }

    private static Task FindsInFileAsync(string check, string mend, params string[] options) =>
        FindsAsync(check, mend, ["--device", $"file:{Sernetd.SpokenSample}", .. options]);

    private static async Task FindsAsync(string check, string mend, params string[] options) =>
        AssertFinds(await Sernetd.RunAsync(["doctor", "--json", .. options]), check, mend);

    /// <summary>Asserts that doctor finds this one fault and no other, and says how to fix it.</summary>
    private static void AssertFinds(ChildResult result, string check, string mend)
    {
        Assert.True(result.ExitCode == 1, $"exit code {result.ExitCode}: {result.Output}{result.Errors}");
        var faults = Findings(result, check).Where(finding => finding.GetProperty("severity").GetString() == "fault").ToList();
        Assert.True(
            faults.Any(fault => (fault.GetProperty("what").GetString() + fault.GetProperty("mend").GetString())
                .Contains(mend, StringComparison.Ordinal)),
            result.Output);
        Assert.All(faults, fault => Assert.NotEqual("", fault.GetProperty("mend").GetString()));
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    private static IEnumerable<JsonElement> Findings(ChildResult result, string check) =>
        JsonDocument.Parse(result.Output).RootElement.GetProperty("findings").EnumerateArray()
            .Where(finding => finding.GetProperty("check").GetString() == check);
}
