using System.Text.Json;
using System.Text.RegularExpressions;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

public sealed class RunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_spoken_sample_gives_a_final_for_each_of_its_utterances()
    {
        var result = await Sernetd.RunAsync("--device", $"file:{Sernetd.SpokenSample}", "--speed", "max", "--node", "test");
        Assert.True(result.ExitCode == 0, result.Errors);
        var events = Events(result.Output);
        Assert.Equal(6, events.Count(e => Kind(e) == "final"));
        Assert.Contains(events, e => Kind(e) == "interim");
        Assert.Contains(events, e => Kind(e) == "change");
        Assert.Equal(Enumerable.Range(1, events.Count), events.Select(e => e.GetProperty("sequence").GetInt32()));
        Assert.All(events, e => Assert.Equal("test", e.GetProperty("node").GetString()));
        Assert.Contains("6 utterances", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_real_time_events_come_while_the_file_plays()
    {
        await using var daemon = Sernetd.Start(["run", "--device", $"file:{Sernetd.SpokenSample}", "--output", "json"]);
        var final = await daemon.OutputLineAsync(line => line.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
        Assert.False(daemon.HasExited);
        Assert.InRange(JsonDocument.Parse(final).RootElement.GetProperty("latencyMs").GetDouble(), 0, 2000);

        daemon.Terminate();
        var result = await daemon.ExitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("heard", result.Errors, StringComparison.Ordinal);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_terminal_that_is_closed_ends_it_with_a_goodbye()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync("sernet/attic/#");
        await using var daemon = Sernetd.Start(
            ["--device", $"file:{Sernetd.SpokenSample}", "--mqtt", $"127.0.0.1:{broker.Port}", "--node", "attic"]);
        await subscriber.MessageAsync("sernet/attic/availability", "online");

        daemon.HangUp();
        var result = await daemon.ExitAsync();
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Contains("heard", result.Errors, StringComparison.Ordinal);
        await subscriber.MessageAsync("sernet/attic/availability", "offline");
    }

    [NeedsFact("nohup", "sh")]
    public async Task With_nohup_it_outlives_its_terminal()
    {
        await using var daemon = ChildProcess.Start(
            "nohup", ["dotnet", Repository.Daemon, "--device", $"file:{Sernetd.SpokenSample}", "--output", "json"]);
        await daemon.OutputLineAsync(line => line.Contains("\"kind\":\"interim\"", StringComparison.Ordinal));
        daemon.HangUp();
        await daemon.OutputLineAsync(line => line.Contains("\"kind\":\"final\"", StringComparison.Ordinal));
        daemon.Terminate();
        Assert.Equal(0, (await daemon.ExitAsync()).ExitCode);
    }

    [Fact]
    public async Task Text_is_a_line_for_people()
    {
        var result = await Sernetd.RunAsync("--device", $"file:{Sernetd.SpokenSample}", "--speed", "max", "--output", "text");
        Assert.Equal(0, result.ExitCode);
        Assert.InRange(result.Output.Split('\n').Count(line => line.Contains("final", StringComparison.Ordinal)), 3, 20);
    }

    [NeedsFact("sox")]
    public async Task Standard_input_is_heard()
    {
        var raw = _folder.PathOf("spoken.raw");
        var made = await ChildProcess.RunAsync("sox", [Sernetd.SpokenSample, "-t", "raw", "-e", "signed-integer", "-b", "16", raw]);
        Assert.True(made.ExitCode == 0, made.Errors);

        // At full speed the pipe waits for the pipeline, so no window is late.
        await using var daemon = Sernetd.Start(["--device", "stdin", "--speed", "max", "--output", "json"]);
        await using (var file = File.OpenRead(raw))
        {
            await file.CopyToAsync(daemon.StandardInput);
        }

        daemon.StandardInput.Close();
        var result = await daemon.ExitAsync();
        Assert.True(result.ExitCode == 0, result.Errors);
        Assert.Equal(6, Events(result.Output).Count(e => Kind(e) == "final"));
    }

    [Fact]
    public async Task A_file_that_is_cut_off_is_heard_to_where_it_goes()
    {
        var whole = await File.ReadAllBytesAsync(Sernetd.SpokenSample);
        var cut = _folder.Write("cut.flac", whole.AsSpan(0, whole.Length / 2));
        var result = await Sernetd.RunAsync("--device", $"file:{cut}", "--speed", "max", "--output", "json");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("cut off", result.Errors, StringComparison.Ordinal);
        Assert.InRange(Events(result.Output).Count(e => Kind(e) == "final"), 2, 4);
    }

    [Fact]
    public async Task A_duration_ends_it()
    {
        var result = await Sernetd.RunAsync(
            "--device", $"file:{Sernetd.SpokenSample}", "--speed", "max", "--duration", "8", "--output", "none");
        Assert.Equal((0, ""), (result.ExitCode, result.Output));
        Assert.Contains("heard 8.0 s", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_leaves_ends_it_quietly()
    {
        var command = $"dotnet {Repository.Daemon} --device file:{Sernetd.SpokenSample} --speed max --output json | head -n 1; "
            + "echo exit ${PIPESTATUS[0]}";
        var result = await ChildProcess.RunAsync("bash", ["-c", command]);
        Assert.Equal("exit 0", result.Output.Split('\n')[^1]);
        Assert.DoesNotContain("Exception", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--speed fast", "'fast'")]
    [InlineData("--duration 0", "must be greater than 0")]
    [InlineData("--gate loud", "loud")]
    [InlineData("--node a/b --mqtt 127.0.0.1", "node")]
    [InlineData("--mqtt 127.0.0.1:99999", "99999")]
    [InlineData("--mqtt user:secret@127.0.0.1", "password")]
    [InlineData("--mqtt 127.0.0.1 --mqtt-password-file /nowhere/secret", "/nowhere/secret")]
    [InlineData("--wibble", "--wibble")]
    public async Task A_wrong_command_line_is_exit_code_2(string options, string because)
    {
        var result = await Sernetd.RunAsync(
            ["--device", $"file:{Sernetd.SpokenSample}", "--output", "none", .. options.Split(' ')]);
        Sernetd.AssertRefused(result, 2, because);
        Assert.DoesNotContain("secret@", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_cannot_be_read_is_exit_code_3()
    {
        var missing = _folder.PathOf("missing.wav");
        Sernetd.AssertRefused(await Sernetd.RunAsync("--device", $"file:{missing}"), 3, missing);
        var text = _folder.Write("text.wav", "no audio");
        Sernetd.AssertRefused(await Sernetd.RunAsync("--device", $"file:{text}"), 3, text);
    }

    [NeedsFact("aplay")]
    public async Task A_device_that_is_not_there_is_exit_code_4_and_lists_those_that_are()
    {
        var devices = await Sernetd.RunAsync("devices", "--json");
        Assert.Equal(0, devices.ExitCode);
        var names = JsonDocument.Parse(devices.Output).RootElement.EnumerateArray()
            .Where(device => device.GetProperty("index").ValueKind == JsonValueKind.Number)
            .Select(device => device.GetProperty("name").GetString()!).ToArray();

        Sernetd.AssertRefused(await Sernetd.RunAsync("--device", "hw:7"), 4, ["hw:7", .. names]);
        Sernetd.AssertRefused(await Sernetd.RunAsync("--device", "no such microphone"), 4, ["no such microphone", .. names]);
    }

    [Fact]
    public async Task Models_are_listed_shown_and_verified()
    {
        var list = await Sernetd.RunAsync("models");
        Assert.Equal(0, list.ExitCode);
        var listed = list.Output.Split('\n');
        Assert.Single(listed, line => Regex.IsMatch(line, @"^  light-sernet-home-int8 +int8 +non-commercial +anger, happiness, neutral, sadness$"));
        Assert.Single(listed, line => Regex.IsMatch(line, @"^  light-sernet-emodb-int8 +int8 +free +anger, .* sadness$"));
        Assert.Single(listed, line => Regex.IsMatch(line, @"^  light-sernet-free-int8 +int8 +free +anger, happiness, neutral, sadness$"));
        Assert.Single(listed, line => Regex.IsMatch(line, @"^  light-sernet-house-int8 +int8 +non-commercial +anger, happiness, neutral, sadness$"));
        Assert.Single(listed, line => Regex.IsMatch(line, @"^\* light-sernet-streaming-int8 +int8 +non-commercial +anger, happiness, neutral, sadness$"));
        var free = await Sernetd.RunAsync("models", "show", "light-sernet-free-int8");
        Assert.Contains("EMO-DB: CC0-1.0; BanglaSER: CC BY 4.0; commands: Apache-2.0", free.Output, StringComparison.Ordinal);
        Assert.Matches(@"normal  5: threshold 0\.\d{4}, recall ", free.Output);
        Assert.DoesNotContain("Training heard the speakers", free.Output, StringComparison.Ordinal);
        var home = await Sernetd.RunAsync("models", "show", "light-sernet-home-int8");
        Assert.Contains("CC BY-NC-SA 4.0; BanglaSER: CC BY 4.0 – NOT FOR COMMERCIAL USE", home.Output, StringComparison.Ordinal);
        Assert.Contains("147 frames × 64 mel bands", home.Output, StringComparison.Ordinal);
        Assert.Contains("(all speakers)", home.Output, StringComparison.Ordinal);
        Assert.Contains("German, English, Polish, Bengali", home.Output, StringComparison.Ordinal);
        Assert.Contains("below a confidence of ", home.Output, StringComparison.Ordinal);
        Assert.Contains("measured on 288 recordings of commands", home.Output, StringComparison.Ordinal);
        Assert.Matches(@"calm    2: threshold 0\.\d{4}, recall ", home.Output);
        Assert.Matches(@"normal  5: threshold 0\.\d{4}, recall ", home.Output);
        Assert.Contains("Training heard the speakers that the recall is of", home.Output, StringComparison.Ordinal);
        var show = await Sernetd.RunAsync("models", "show", "light-sernet-emodb-int8");
        Assert.Contains("licence", show.Output, StringComparison.Ordinal);
        Assert.Contains("CC0", show.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("COMMERCIAL", show.Output, StringComparison.Ordinal);
        Assert.Contains("never (the card has no thresholds)", show.Output, StringComparison.Ordinal);
        Assert.Contains("none (the card has no operating points)", show.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await Sernetd.RunAsync("models", "verify", "light-sernet-emodb-fp32")).ExitCode);
        Sernetd.AssertRefused(await Sernetd.RunAsync("models", "show", "mars"), 2, "'mars'");
    }

    internal static List<JsonElement> Events(string output) =>
    [
        .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement),
    ];

    private static string Kind(JsonElement emotionEvent) => emotionEvent.GetProperty("kind").GetString()!;
}
