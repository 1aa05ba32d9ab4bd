using SernetStream.Plugins.Tests.Support;
using SernetStream.Plugins.Wyoming;

namespace SernetStream.Plugins.Tests.Wyoming;

/// <summary>
/// What a satellite tells its event service, as wyoming-satellite does: everything but the sound of the answer. And how often one
/// emotion wakes.
/// </summary>
public class SatelliteTests
{
    private const string Asked = """{"type":"run-pipeline","data":{"start_stage":"wake","end_stage":"tts"}}""" + "\n"
        + """{"type":"streaming-started"}""" + "\n"
        + """{"type":"transcript","data":{"text":"what time is it"}}""" + "\n"
        + """{"type":"synthesize","data":{"text":"It is ten."}}""" + "\n";

    private const string Begins = """{"type":"audio-start","data":{"rate":22050,"width":2,"channels":1,"timestamp":0}}""" + "\n";
    private const string Sent = """{"type":"audio-stop","data":{"timestamp":4000}}""" + "\n";
    private const string Played = """{"type":"played"}""" + "\n";
    private const string Ping = """{"type":"ping"}""" + "\n";
    private const string Detect = """{"type":"detect"}""" + "\n";
    private const string OwnSound = """{"type":"audio-start","data":{"rate":16000,"width":2,"channels":1}}""" + "\n"
        + """{"type":"audio-chunk","data":{"rate":16000,"width":2,"channels":1},"payload_length":4}""" + "\nabcd";

    private const string OwnSoundEnds = """{"type":"audio-stop"}""" + "\n";

    [Fact]
    public async Task The_microphone_is_held_while_a_satellite_plays()
    {
        await using var served = await ServedPlugin.StartAsync(("echo", "0"));
        using var satellite = await served.ConnectAsync();
        await satellite.SendAsync(Asked + Begins);
        await served.Context.Services.HeldAsync(1);
        await satellite.SendAsync(Sent);
        Assert.Contains("pong", await satellite.AskAsync(Ping), StringComparison.Ordinal);
        Assert.Equal(1, served.Context.Services.Holds);
        await satellite.SendAsync(Played);
        await served.Context.Services.HeldAsync(0);

        // An announcement comes without a question before it.
        await satellite.SendAsync(Begins);
        await served.Context.Services.HeldAsync(1);
        Assert.Empty(served.Context.Services.Opened);
    }

    [Fact]
    public async Task A_satellite_that_goes_away_while_it_plays_lets_the_microphone_go()
    {
        await using var served = await ServedPlugin.StartAsync(("echo", "0"));
        using (var satellite = await served.ConnectAsync())
        {
            await satellite.SendAsync(Asked + Begins);
            await served.Context.Services.HeldAsync(1);
        }

        await served.Context.Services.HeldAsync(0);
    }

    [Theory]
    [InlineData(Sent, 5.5)]
    [InlineData("""{"type":"audio-stop"}""" + "\n", null)]
    [InlineData("""{"type":"audio-stop","data":{"timestamp":-4}}""" + "\n", null)]
    [InlineData("""{"type":"audio-stop","data":{"timestamp":9000000000000000000}}""" + "\n", null)]
    public async Task One_that_does_not_say_played_is_believed_its_timestamps(string sent, double? held)
    {
        var clock = new HeldClock();
        await Conversation.HoldAsync(Conversation.Bytes(Asked + Begins + sent), clock: clock);
        Assert.Equal(120, clock.Due[0].TotalSeconds);

        // The last timer is that of the connection's end: only the echo is left.
        Assert.Equal(0.5, clock.Due[^1].TotalSeconds);
        Assert.Equal(held is null ? 2 : 3, clock.Due.Count);
        if (held is { } seconds)
        {
            Assert.InRange(clock.Due[1].TotalSeconds, seconds - 1, seconds);
        }
    }

    [Fact]
    public async Task Sound_from_the_satellites_machine_is_taken_for_silence_meanwhile()
    {
        await using var served = await ServedPlugin.StartAsync(("echo", "0"));
        using var satellite = await served.ConnectAsync();
        using var microphone = await served.ConnectAsync();
        await satellite.SendAsync(Asked + Begins);
        await served.Context.Services.HeldAsync(1);
        await microphone.SendAsync(OwnSound);
        Assert.Contains("voice-started", await microphone.HeaderAsync(), StringComparison.Ordinal);
        await satellite.SendAsync(Played);
        await served.Context.Services.HeldAsync(0);
        await microphone.SendAsync(OwnSound[(OwnSound.IndexOf('\n', StringComparison.Ordinal) + 1)..]);
        Assert.Contains("pong", await microphone.AskAsync(Ping), StringComparison.Ordinal);
        Assert.Equal([0, 0, 0, 0, .. "abcd"u8], Assert.Single(served.Context.Services.Opened).Written);
    }

    [Fact]
    public async Task It_can_be_switched_off()
    {
        var (_, context) = await Conversation.HoldAsync(
            Conversation.Bytes(Asked + Begins), new WyomingSettings { HoldWhileSpeaking = false }, clock: new HeldClock());
        Assert.Equal(0, context.Services.Holds);
        Assert.Empty(((HeldClock)context.Time).Due);
    }

    [Theory]
    [InlineData("5", "not-detected")]
    [InlineData("0", "detection")]
    public async Task An_emotion_wakes_a_machine_once_in_a_while_over_all_its_connections(string refractory, string second)
    {
        await using var served = await ServedPlugin.StartAsync(("wake_emotions:0", "anger"), ("refractory", refractory));
        foreach (var answer in (string[])["\"detection\"", $"\"{second}\""])
        {
            using var client = await served.ConnectAsync();
            await client.SendAsync(Detect + OwnSound + OwnSoundEnds);
            Assert.Contains(answer, await client.HeaderAsync(), StringComparison.Ordinal);
        }
    }
}
