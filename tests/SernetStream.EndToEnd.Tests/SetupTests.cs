using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>A newcomer's first run, by flags and at a terminal, with a real broker and a real sound server.</summary>
public sealed class SetupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Configuration => _folder.PathOf("sernetd.yaml");

    public void Dispose() => _folder.Dispose();

    [NeedsFact(PulseRoom.Server, PulseRoom.Player, "mosquitto", "mosquitto_sub")]
    public async Task By_flags_it_writes_a_file_with_which_the_daemon_hears_and_publishes()
    {
        await using var room = await PulseRoom.OpenAsync();
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync("sernet/#");
        await using var noise = room.PlayNoise();

        var setup = await RunAsync(
            room, "--yes", "--device", "pulse", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", "hall", "--config", Configuration);

        Assert.True(setup.ExitCode == 0, setup.Output + setup.Errors);
        Assert.Contains($"ok       broker  127.0.0.1:{broker.Port} accepts this node", setup.Output, StringComparison.Ordinal);
        Assert.Contains("heard from", setup.Output, StringComparison.Ordinal);
        Assert.Equal([Configuration], Directory.GetFiles(_folder.FullPath));
        Assert.Contains("\n# Name of this node, such as the room.", await File.ReadAllTextAsync(Configuration), StringComparison.Ordinal);
        await using var daemon = Sernetd.Start(["--config", Configuration, "--output", "none"], room.Environment);
        await subscriber.MessageAsync("sernet/hall/availability", "online");
        await using var player = room.Repeat(Sernetd.SpokenSample);
        await subscriber.MessageAsync("sernet/hall/event");
    }

    [NeedsFact(PulseRoom.Server, "mosquitto", "mosquitto_sub", "mosquitto_passwd")]
    public async Task At_a_terminal_it_asks_shows_the_level_and_asks_again_where_the_broker_refuses()
    {
        await using var room = await PulseRoom.OpenAsync();
        await using var noise = room.PlayNoise();
        var passwords = _folder.PathOf("passwords");
        Assert.Equal(0, (await ChildProcess.RunAsync("mosquitto_passwd", ["-c", "-b", passwords, "kitchen", "correct horse"])).ExitCode);
        await using var broker = await MosquittoBroker.StartWithAsync("allow_anonymous false", $"password_file {passwords}");

        var asked = await AtTerminalAsync(
            room,
            [
                ["Which one?", "pulse"],
                ["Did the bar move", ""],
                ["Which broker?", $"127.0.0.1:{broker.Port}"],
                ["What is this room called?", "a/b"],
                ["What is this room called?", "Living Room"],
                ["What now?", "1"],
                ["User at the broker?", "kitchen"],
                ["Password", "correct horse"],
                ["Write it?", "y"],
            ],
            "--config", Configuration);

        Assert.True(asked.ExitCode == 0, asked.Output + asked.Errors);
        Assert.Matches(@"#+ +-\d\d dB", asked.Output);
        Assert.DoesNotContain("correct horse", asked.Output, StringComparison.Ordinal);
        var password = _folder.PathOf("mqtt.password");
        Assert.Equal("correct horse\n", await File.ReadAllTextAsync(password));
        Assert.Matches("^6[04]0$", (await ChildProcess.RunAsync("stat", ["-c", "%a", password])).Output);
        var checks = await Sernetd.RunAsync("config", "print", "--config", Configuration);
        Assert.Contains("Living Room", checks.Output, StringComparison.Ordinal);
    }

    [NeedsFact(PulseRoom.Server, "mosquitto")]
    public async Task At_a_terminal_Enter_keeps_what_the_file_says()
    {
        await using var room = await PulseRoom.OpenAsync();
        await using var noise = room.PlayNoise();
        await using var broker = await MosquittoBroker.StartNewAsync();
        var before = $"device: pulse # by the window\nnode: attic\nmqtt: # in the cellar\n  broker: 127.0.0.1:{broker.Port}\n";
        _folder.Write("sernetd.yaml", before);

        var kept = await AtTerminalAsync(
            room, [["microphone is pulse. Keep it?", ""], ["broker is 127.0.0.1", ""], ["What is this room called? [attic]", ""]], "--config", Configuration);
        Assert.True(kept.ExitCode == 0, kept.Output);
        Assert.Equal(before, await File.ReadAllTextAsync(Configuration));
        var changed = await AtTerminalAsync(
            room,
            [["Keep it?", ""], ["Keep it?", "n"], ["Which broker?", "none"], ["What is this room called?", "hall"], ["Write it?", ""]],
            "--config", Configuration);

        Assert.True(changed.ExitCode == 0, changed.Output);
        Assert.Equal("device: pulse # by the window\nnode: hall\nmqtt: # in the cellar\n  broker: \"\"\n", await File.ReadAllTextAsync(Configuration));
        Assert.Equal([Configuration], Directory.GetFiles(_folder.FullPath));
    }

    [Theory]
    [InlineData]
    [InlineData("--node", "hall")]
    public async Task Without_a_terminal_it_says_what_to_do(params string[] flags)
    {
        var refused = await Sernetd.RunAsync(["setup", "--config", Configuration, .. flags]);

        Sernetd.AssertRefused(refused, 2, "there is no terminal", "sernetd setup --yes");
        Assert.Empty(Directory.GetFiles(_folder.FullPath));
    }

    [NeedsFact("mosquitto")]
    public async Task A_file_that_says_something_else_is_replaced_by_force_alone()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        const string Before = "# My own words.\nnode: attic # up there\nmqtt:\n  broker: old.local\n";
        _folder.Write("sernetd.yaml", Before);
        string[] flags = ["setup", "--yes", "--device", $"file:{Sernetd.SpokenSample}", "--mqtt", $"127.0.0.1:{broker.Port}", "--config", Configuration];

        Sernetd.AssertRefused(await Sernetd.RunAsync(flags), 2, "mqtt.broker: old.local", "--force", "Nothing was changed");
        Assert.Equal(Before, await File.ReadAllTextAsync(Configuration));
        var forced = await Sernetd.RunAsync([.. flags, "--force"]);

        Assert.True(forced.ExitCode == 0, forced.Errors);
        Assert.Equal(
            $"# My own words.\nnode: attic # up there\nmqtt:\n  broker: 127.0.0.1:{broker.Port}\ndevice: file:{Sernetd.SpokenSample}\n",
            await File.ReadAllTextAsync(Configuration));
        Assert.Contains("says all of this already", (await Sernetd.RunAsync(flags)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_work_is_not_written()
    {
        var port = Loopback.FreePort();
        string[] flags = ["setup", "--yes", "--device", $"file:{Sernetd.SpokenSample}", "--mqtt", $"127.0.0.1:{port}", "--config", Configuration];

        Sernetd.AssertRefused(await Sernetd.RunAsync(flags), 4, $"There is no MQTT broker at 127.0.0.1:{port}", "Nothing was written");
        Assert.Empty(Directory.GetFiles(_folder.FullPath));
        Assert.Equal(0, (await Sernetd.RunAsync([.. flags, "--no-test"])).ExitCode);
        Sernetd.AssertRefused(
            await Sernetd.RunAsync("setup", "--yes", "--device", "no such device", "--mqtt", "none", "--config", _folder.PathOf("other.yaml")), 4, "no such device");
        Sernetd.AssertRefused(
            await Sernetd.RunAsync("setup", "--yes", "--device", "pulse", "--mqtt", "none", "--node", "a/b", "--config", _folder.PathOf("other.yaml")), 2, "--node");
        Sernetd.AssertRefused(await Sernetd.RunAsync([.. flags[..^1], _folder.PathOf("no/such/folder.yaml")]), 1, "cannot be written", "sudo");
        Sernetd.AssertRefused(await Sernetd.RunAsync([.. flags[..^1], _folder.Write("wrong.yaml", "nod: attic\n")]), 2, "did you mean node?");
    }

    private static Task<ChildResult> RunAsync(PulseRoom room, params string[] arguments) => Sernetd.RunAsync(["setup", .. arguments], room.Environment);

    private static Task<ChildResult> AtTerminalAsync(PulseRoom room, string[][] dialogue, params string[] arguments) => ChildProcess.RunAsync(
        "/usr/bin/python3",
        [
            Repository.PathOf("tests", "SernetStream.EndToEnd.Tests", "terminal.py"), JsonSerializer.Serialize(dialogue), "dotnet", Repository.Daemon, "setup", .. arguments,
        ],
        new Dictionary<string, string>(room.Environment) { ["TERM"] = "xterm" },
        TimeSpan.FromMinutes(3));
}
