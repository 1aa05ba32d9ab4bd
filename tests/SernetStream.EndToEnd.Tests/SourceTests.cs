using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>Sources that users give the daemon, in the formats they have.</summary>
public sealed class SourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsTheory("sox")]
    [InlineData("wav", "-r", "16000")]
    [InlineData("wav", "-r", "48000")]
    [InlineData("flac", "-r", "16000")]
    public async Task A_file_on_standard_input_is_heard_as_what_it_is(string type, params string[] more)
    {
        var file = _folder.PathOf("x." + type);
        await ChildProcess.RunAsync("sox", [Sernetd.SpokenSample, .. more, "-c", "2", file, "trim", "0", "6"]);
        var child = Sernetd.Start(["run", "--device", "stdin", "--speed", "max", "--output", "json"]);
        await using (child)
        {
            await child.StandardInput.WriteAsync(await File.ReadAllBytesAsync(file));
            child.StandardInput.Close();
            var result = await child.ExitAsync();
            Assert.True(result.ExitCode == 0, result.Errors);
            Assert.Contains("heard 6.0 s", result.Errors, StringComparison.Ordinal);
            Assert.Contains("\"final\"", result.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1, -1, "the inverse of channel 1")]
    [InlineData(0, 1, "channel 1 is silent")]
    public async Task Inverted_and_dead_channels_are_heard_and_said(short left, short right, string note)
    {
        var tone = Wav.Tone(32000);
        var file = _folder.Write("x.wav", Wav.Pcm16(16000, 2, [.. tone.SelectMany(s => new[] { (short)(s * left), (short)(s * right) })]));
        var doctor = await Sernetd.RunAsync("doctor", "--device", $"file:{file}");
        Assert.Contains(note, doctor.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("mute switch", doctor.Output, StringComparison.Ordinal);
        var run = await Sernetd.RunAsync("run", "--device", $"file:{file}", "--speed", "max");
        Assert.Contains(note, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("is silent: every sample", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_is_a_setting()
    {
        var file = _folder.Write("x.wav", Wav.Pcm16(16000, 2, Wav.Tone(32000)));
        var missing = await Sernetd.RunAsync("run", "--device", $"file:{file}", "--speed", "max", "--set", "capture.channel=3");
        Sernetd.AssertRefused(missing, 3, "2 channels", "capture.channel");
        Sernetd.AssertRefused(await Sernetd.RunAsync("run", "--set", "capture.channel=both"), 2, "mix, left, right or a number");
        var right = await Sernetd.RunAsync("run", "--device", $"file:{file}", "--speed", "max", "--set", "capture.channel=right");
        Assert.True(right.ExitCode == 0, right.Errors);
    }

    [Fact]
    public async Task A_device_that_is_waited_for_is_not_said_to_be_listened_to()
    {
        var child = Sernetd.Start(["run", "--device", "hw:31", "--wait-device", "--output", "none"]);
        await using (child)
        {
            await child.ErrorLineAsync(line => line.Contains("waiting to listen to hw:31", StringComparison.Ordinal));
            child.Terminate();
            var result = await child.ExitAsync();
            Assert.DoesNotContain("sernetd: listening to", result.Errors, StringComparison.Ordinal);
        }
    }
}
