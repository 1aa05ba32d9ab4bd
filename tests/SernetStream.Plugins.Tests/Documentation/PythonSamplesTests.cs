using System.Globalization;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Documentation;

/// <summary>The examples in Python, with the daemon, its model and a real broker.</summary>
public sealed class PythonSamplesTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private static readonly string Recording = Repository.PathOf("samples", "spoken.flac");

    private readonly TemporaryFolder _folder = new();

    [NeedsFact("python3")]
    public async Task The_diary_has_a_line_for_each_change_of_mood()
    {
        var diary = _folder.PathOf("diary.csv");
        var result = await ChildProcess.RunAsync("dotnet",
        [
            Repository.Daemon, "--device", $"file:{Recording}", "--speed", "max", "--output", "json", "--plugin", "Exec",
            "--set", $"plugins.Exec.command.0={Sample("exec_diary.py")}", "--set", $"plugins.Exec.command.1={diary}",
            "--set", "plugins.Exec.at_once=64",
        ]);
        Assert.Equal(0, result.ExitCode);
        var changes = result.Output.Split('\n').Where(line => line.Contains("\"change\"", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(changes);
        var lines = await File.ReadAllLinesAsync(diary);
        Assert.Equal("time,node,previous,emotion,confidence,arousal", lines[0]);
        Assert.Equal(changes.Count, lines.Length - 1);
        Assert.All(changes, change => Assert.Single(
            lines, line => line.Length > 24 && change.Contains($"\"time\":\"{line[..24]}\"", StringComparison.Ordinal)
                && change.Contains($"\"emotion\":\"{line.Split(',')[3]}\"", StringComparison.Ordinal)));
    }

    [NeedsFact("python3")]
    public async Task What_is_no_event_is_refused_with_a_sentence()
    {
        await using var process = ChildProcess.Start(Sample("exec_diary.py"), [_folder.PathOf("diary.csv")]);
        await process.StandardInput.WriteAsync("[]"u8.ToArray());
        process.StandardInput.Close();
        var result = await process.ExitAsync();
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("standard input is no event, but: '[]'", result.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.PathOf("diary.csv")));
    }

    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_pub", "python:paho.mqtt")]
    public async Task The_lamp_follows_the_mood_of_the_room()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var lamp = await broker.SubscribeAsync("zigbee2mqtt/#");
        var port = broker.Port.ToString(CultureInfo.InvariantCulture);
        await using var lights = ChildProcess.Start(
            Python, [Sample("mqtt_lights.py"), $"127.0.0.1:{port}", "kitchen", "zigbee2mqtt/floor_lamp/set"]);
        await lights.OutputLineAsync(line => line.StartsWith("connected; sernet/kitchen/state", StringComparison.Ordinal));
        var result = await ChildProcess.RunAsync("dotnet",
        [
            Repository.Daemon, "--device", $"file:{Recording}", "--speed", "max", "--output", "json", "--node", "kitchen",
            "--mqtt", $"127.0.0.1:{port}",
        ], new Dictionary<string, string> { ["STATE_DIRECTORY"] = _folder.FullPath });
        Assert.True(result.ExitCode == 0, result.Errors);
        var on = await lamp.MessageAsync(message => message.Payload.Contains("\"ON\"", StringComparison.Ordinal));
        Assert.Equal("zigbee2mqtt/floor_lamp/set", on.Topic);
        Assert.Matches("""^\{"state": "ON", "color": \{"hex": "#[0-9A-F]{6}"\}, "brightness": \d+, "transition": 2\}$""", on.Payload);

        // What is no state is passed over.
        foreach (var payload in (string[])["", "hello", "[]", """{"emotion":"anger","confidence":null}""", """{"emotion":"none","confidence":0}"""])
        {
            await ChildProcess.RunAsync("mosquitto_pub", ["-h", "127.0.0.1", "-p", port, "-q", "1", "-t", "sernet/kitchen/state", "-m", payload]);
        }

        await lamp.MessageAsync("zigbee2mqtt/floor_lamp/set", """{"state": "OFF", "transition": 5}""");
        Assert.False(lights.HasExited);
    }

    public void Dispose() => _folder.Dispose();

    private static string Sample(string name) => Repository.PathOf("samples", "python", name);
}
