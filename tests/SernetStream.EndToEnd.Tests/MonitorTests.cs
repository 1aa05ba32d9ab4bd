using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>A television in a room: a PulseAudio sink whose sound the microphone hears a moment later, beside whoever speaks there.</summary>
public sealed class MonitorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [NeedsFact("pulseaudio", "paplay", "parec", "pactl", "sox")]
    public async Task What_the_television_says_is_not_judged_and_what_a_person_says_is()
    {
        await using var room = await PulseRoom.OpenAsync();
        await room.AddSinkAsync("television");
        await PactlAsync(room, "load-module", "module-loopback", "source=television.monitor", "sink=room", "latency_msec=100");
        var sentences = await SentencesAsync();

        await using (var daemon = Start(room, "--monitor", "pulse:television.monitor"))
        {
            await daemon.ErrorLineAsync(line => line.Contains("listening to pulse:television.monitor", StringComparison.Ordinal));
            Assert.Equal(0, (await ChildProcess.RunAsync(PulseRoom.Player, ["--device=television", sentences], room.Environment)).ExitCode);

            // Played into the room itself, it is a person's.
            Assert.Equal(0, (await ChildProcess.RunAsync(PulseRoom.Player, ["--device=room", sentences], room.Environment)).ExitCode);
            await daemon.OutputLineAsync(IsFinal);
            daemon.Terminate();
            var result = await daemon.ExitAsync();
            Assert.Equal(0, result.ExitCode);
            // Four are the person's. With the television's it would be eight; a busy sound server tears its delay now and then.
            Assert.InRange(result.Output.Split('\n').Count(IsFinal), 1, 6);
        }

        await using var without = Start(room);
        await without.ErrorLineAsync(line => line.Contains("listening to", StringComparison.Ordinal));
        await using var television = ChildProcess.Start(PulseRoom.Player, ["--device=television", sentences], room.Environment);
        await without.OutputLineAsync(IsFinal);
    }

    [NeedsFact("pulseaudio", "paplay", "parec", "pactl")]
    public async Task A_monitor_alone_can_be_listened_to()
    {
        await using var room = await PulseRoom.OpenAsync();
        await using var daemon = Sernetd.Start(["--device", "monitor", "--output", "json"], room.Environment);
        await daemon.ErrorLineAsync(line => line.Contains("listening to pulse:room.monitor", StringComparison.Ordinal));
        await using var call = room.Repeat(Sernetd.SpokenSample);
        await daemon.OutputLineAsync(IsFinal);
    }

    [NeedsFact("pulseaudio", "paplay", "parec", "pactl")]
    public async Task A_monitor_that_is_not_there_is_said_and_the_room_is_heard_all_the_same()
    {
        await using var room = await PulseRoom.OpenAsync();
        await using var daemon = Start(room, "--monitor", "pulse:nowhere.monitor");
        await daemon.ErrorLineAsync(line => line.Contains("The sound server has no source \"nowhere.monitor\"", StringComparison.Ordinal));
        await using var person = room.Repeat(Sernetd.SpokenSample);
        await daemon.OutputLineAsync(IsFinal);
    }

    [Theory]
    [InlineData("speakers", "it must be default, or pulse: with the name of a source behind it")]
    [InlineData("pulse:", "the name of a source must follow pulse:")]
    public async Task What_is_no_monitor_is_refused_with_a_sentence(string monitor, string because) =>
        Sernetd.AssertRefused(await Sernetd.RunAsync("--monitor", monitor), 2, because);

    public void Dispose() => _folder.Dispose();

    private static bool IsFinal(string line) => line.Contains("\"kind\":\"final\"", StringComparison.Ordinal);

    private static ChildProcess Start(PulseRoom room, params string[] more) =>
        Sernetd.Start(["--device", "pulse:room.monitor", "--output", "json", .. more], room.Environment);

    private static async Task PactlAsync(PulseRoom room, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("pactl", arguments, room.Environment);
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    /// <summary>The first sentences of the sample: twelve seconds.</summary>
    private async Task<string> SentencesAsync()
    {
        var file = _folder.PathOf("sentences.wav");
        var result = await ChildProcess.RunAsync("sox", [Sernetd.SpokenSample, file, "trim", "0", "12"]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return file;
    }
}
