using System.Text;
using System.Text.Json;
using SernetStream.Plugins.Wyoming;
using static SernetStream.Plugins.Tests.Wyoming.Conversation;

namespace SernetStream.Plugins.Tests.Wyoming;

/// <summary>
/// Byte streams from the protocol's documentation (OHF-Voice/wyoming 1.7.2, README "Format", "Event Types" and
/// "Event Flow"), with the data in the header or as a block after it.
/// </summary>
public class ConformanceTests
{
    private const string Anger =
        """{"name":"emotion","data":{"schema":1,"node":"kitchen","kind":"KIND","sequence":SEQ,"time":"2026-01-01T12:00:00.000Z","audioStart":12.48,"audioEnd":15.48,"emotion":"anger","confidence":0.81,"arousal":0.785,"previous":"neutral","probabilities":{"anger":0.81,"boredom":0.08,"neutral":0.11},"raw":{"anger":0.93,"boredom":0,"neutral":0.07},"model":"light-sernet-emodb-int8","latencyMs":9.4}}""";

    private static readonly byte[] Pcm = [0, 1, (byte)'\n', 3, (byte)'{', 5, 6, 0xFF];

    /// <summary>The same events in both framings; the answer must be the same.</summary>
    public static TheoryData<string, string> Framings => new()
    {
        {
            "inline",
            """{"type":"audio-start","data":{"rate":22050,"width":2,"channels":2,"timestamp":1000}}""" + "\n"
            + "|" + """{"type":"audio-chunk","data":{"rate":22050,"width":2,"channels":2,"timestamp":1500},"payload_length":8}""" + "\n|P|"
            + """{"type":"audio-stop","data":{"timestamp":2000}}""" + "\n"
        },
        {
            "block",
            """{"type": "audio-start", "version": "1.7.2", "data_length": 62}""" + "\n"
            + """{"rate": 22050, "width": 2, "channels": 2, "timestamp":  1000}""" + "|"
            + """{"type": "audio-chunk", "version": "1.7.2", "data_length": 62, "payload_length": 8}""" + "\n"
            + """{"rate": 22050, "width": 2, "channels": 2, "timestamp":  1500}""" + "|P|"
            + """{"type": "audio-stop", "version": "1.7.2", "data_length": 21}""" + "\n" + """{"timestamp":  2000 }"""
        },
        {
            "both, the block goes first",
            """{"type":"audio-start","data":{"rate":8000,"width":2,"channels":1,"timestamp":1000},"data_length":27}""" + "\n"
            + """{"rate":22050,"channels":2}""" + "|"
            + """{"type":"audio-chunk","data":{"rate":22050,"width":2,"channels":2},"data_length":18,"payload_length":8}""" + "\n"
            + """{"timestamp":1500}""" + "|P|" + """{"type":"audio-stop","data":null,"data_length":null}""" + "\r\n"
        },
    };

    [Theory]
    [MemberData(nameof(Framings))]
    public async Task Audio_is_judged_and_answered(string framing, string sent)
    {
        var bytes = Bytes([.. sent.Split('|').Select(part => part == "P" ? (object)Pcm : part)]);
        foreach (var pieces in (int[])[int.MaxValue, 7, 1])
        {
            var (told, context) = await HoldAsync(bytes, longestRead: pieces);
            var stream = Assert.Single(context.Services.Opened);
            Assert.Equal(new AudioFormat(22050, 2, 2), stream.Format);
            Assert.Equal(Pcm, stream.Written);
            Assert.True(stream.IsDisposed);
            Assert.Equal(
                Framed("voice-started", """{"timestamp":1500}""")
                + Framed("user-event", Anger.Replace("KIND", "final", StringComparison.Ordinal).Replace("SEQ", "42", StringComparison.Ordinal))
                + Framed("user-event", Anger.Replace("KIND", "change", StringComparison.Ordinal).Replace("SEQ", "43", StringComparison.Ordinal))
                + Framed("voice-stopped", """{"timestamp":1500}"""),
                told);
            Assert.NotEmpty(framing);
        }
    }

    [Fact]
    public async Task Describe_is_answered_with_info()
    {
        var (told, _) = await HoldAsync(Bytes("""{"type":"describe"}""" + "\n"), new WyomingSettings { WakeEmotions = ["anger"] });
        var (header, data) = Split(told);
        Assert.Equal($$"""{"type":"info","version":"1.7.2","data_length":{{Encoding.UTF8.GetByteCount(data)}}}""", header);
        using var info = JsonDocument.Parse(data);
        foreach (var none in (string[])["asr", "tts", "handle", "intent"])
        {
            Assert.Equal(0, info.RootElement.GetProperty(none).GetArrayLength());
        }

        var wake = Assert.Single(info.RootElement.GetProperty("wake").EnumerateArray());
        AssertArtifact(wake);
        var model = Assert.Single(wake.GetProperty("models").EnumerateArray());
        AssertArtifact(model);
        Assert.Equal("anger", model.GetProperty("name").GetString());
        Assert.Equal("anger", model.GetProperty("phrase").GetString());
        Assert.Equal(JsonValueKind.Array, model.GetProperty("languages").ValueKind);

        var emotion = Assert.Single(info.RootElement.GetProperty("emotion").EnumerateArray());
        AssertArtifact(emotion);
        var labels = Assert.Single(emotion.GetProperty("models").EnumerateArray()).GetProperty("labels");
        Assert.Equal(["anger", "boredom", "neutral"], labels.EnumerateArray().Select(label => label.GetString()!));
    }

    [Theory]
    [InlineData("""{"type":"ping","data":{"text":"héllo"}}""" + "\n", """{"text":"héllo"}""")]
    [InlineData("""{"type":"ping","data_length":17}""" + "\n" + """{"text":"there"} """, """{"text":"there"}""")]
    [InlineData("""{"type":"ping"}""" + "\n", """{"text":null}""")]
    public async Task Ping_is_answered_with_pong(string sent, string data)
    {
        var (told, _) = await HoldAsync(Bytes(sent));
        Assert.Equal(Framed("pong", data), told);
    }

    [Fact]
    public async Task Voice_activity_detection_begins_with_a_chunk()
    {
        var (told, context) = await HoldAsync(Bytes(
            """{"type":"audio-chunk","data":{"rate":16000,"width":2,"channels":1},"payload_length":8}""" + "\n",
            Pcm,
            """{"type":"audio-stop"}""" + "\n"));
        Assert.Equal(Pcm, Assert.Single(context.Services.Opened).Written);
        Assert.StartsWith(Framed("voice-started", """{"timestamp":0}"""), told, StringComparison.Ordinal);
        Assert.EndsWith(Framed("voice-stopped", """{"timestamp":0}"""), told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"detect","data":{"names":["anger"]}}""", "detection")]
    [InlineData("""{"type":"detect","data":{"names":null}}""", "detection")]
    [InlineData("""{"type":"detect"}""", "detection")]
    [InlineData("""{"type":"detect","data":{"names":["boredom","nonsense"]}}""", "not-detected")]
    public async Task Detect_is_answered_as_a_wake_service_does(string detect, string answer)
    {
        var (told, _) = await HoldAsync(
            Bytes(
                detect + "\n",
                """{"type":"audio-start","data":{"rate":16000,"width":2,"channels":1}}""" + "\n",
                """{"type":"audio-chunk","data":{"rate":16000,"width":2,"channels":1,"timestamp":250},"payload_length":8}""" + "\n",
                Pcm,
                """{"type":"audio-stop"}""" + "\n"),
            new WyomingSettings { WakeEmotions = ["anger", "boredom"] });
        Assert.Equal(
            answer == "detection"
                ? Framed("detection", """{"name":"anger","timestamp":250}""")
                : """{"type":"not-detected","version":"1.7.2"}""" + "\n",
            told);
    }

    [Fact]
    public async Task What_is_not_for_this_service_is_passed_over()
    {
        var (told, _) = await HoldAsync(Bytes(
            """{"type":"transcribe","data":{"name":"x"}}""" + "\n",
            """{"type":"from-the-future","data_length":2,"payload_length":8}""" + "\n" + "{}",
            Pcm,
            """{"type":"detect"}""" + "\n",
            """{"type":"audio-stop"}""" + "\n",
            """{"type":"ping"}""" + "\n"));
        Assert.Equal(Framed("pong", """{"text":null}"""), told);
    }

    [Theory]
    [InlineData("""{"type":"\ud800"}""" + "\n", "The header has an escape in it that is no character")]
    [InlineData("""{"type":"ping","data_length":17}""" + "\n" + """{"text":"\uDC00"}""", "The data has an escape in it that is no character")]
    [InlineData("hello\n", "The header is not JSON")]
    [InlineData("\n", "The header is not JSON")]
    [InlineData("[]\n", "The header is not a JSON object")]
    [InlineData("{}\n", "The header has no type")]
    [InlineData("""{"type":7}""" + "\n", "The header has no type")]
    [InlineData("""{"type":"ping","data_length":-1}""" + "\n", "data_length is not a length")]
    [InlineData("""{"type":"ping","payload_length":"8"}""" + "\n", "payload_length is not a length")]
    [InlineData("""{"type":"ping","data_length":99999999999999999999}""" + "\n", "data_length is not a length")]
    [InlineData("""{"type":"ping","data_length":65537}""" + "\n", "data_length is 65537; at most 65536 bytes are taken")]
    [InlineData("""{"type":"ping","payload_length":1048577}""" + "\n", "payload_length is 1048577; at most 1048576 bytes are taken")]
    [InlineData("""{"type":"ping","data_length":3}""" + "\n[1]", "The data is not a JSON object")]
    [InlineData("""{"type":"ping","data_length":3}""" + "\n{}", "The stream ended within an event")]
    [InlineData("""{"type":"ping" """, "The stream ended in a header")]
    [InlineData("""{"type":"audio-start","data":{"rate":16000,"width":2}}""" + "\n", "The event audio-start needs a whole number as channels")]
    [InlineData("""{"type":"audio-start","data":{"rate":1,"width":2,"channels":1}}""" + "\n", "The audio's rate is 1 Hz")]
    [InlineData("""{"type":"audio-chunk","data":{"rate":16000,"width":2.5,"channels":1}}""" + "\n", "needs a whole number as width")]
    public async Task What_breaks_the_protocol_is_answered_with_an_error_and_the_end(string sent, string because)
    {
        var (told, _) = await HoldAsync(Bytes(sent));
        var (header, data) = Split(told);
        Assert.StartsWith("""{"type":"error",""", header, StringComparison.Ordinal);
        Assert.Contains(because, data, StringComparison.Ordinal);
        Assert.EndsWith(""","code":"protocol"}""", data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused()
    {
        var (told, _) = await HoldAsync(Bytes("{\"type\":\"pi", new byte[] { 0x94 }, "ng\"}\n"));
        Assert.Contains("The header is not UTF-8", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_without_an_end_is_not_waited_for()
    {
        var (told, _) = await HoldAsync(Bytes(new string(' ', 1 << 20)));
        Assert.Contains("The header is longer than 16384 bytes", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"describe"}""" + "\n")]
    [InlineData("""{"type":"audio-chunk","data":{"rate":16000,"width":2,"channels":1},"payload_length":2}""" + "\nxx")]
    public async Task A_client_that_does_not_read_what_it_is_told_is_let_go(string sent)
    {
        var context = new Support.FakePluginContext("Wyoming");
        using var stuck = new Support.TwoWayStream(Bytes(sent)) { IsStuck = true };
        var settings = new WyomingSettings { IdleLimit = 0.1 };
        using var peer = new Peer(context, settings);
        await using var session = new Session(stuck, context, settings, new byte[8], peer);
        await session.RunAsync(CancellationToken.None).WaitAsync(Testing.ChildProcess.WaitTimeout);
    }

    [Fact]
    public async Task A_client_that_changes_its_format_is_given_a_new_stream_once()
    {
        const string Start = """{"type":"audio-start","data":{"rate":RATE,"width":2,"channels":1}}""" + "\n";
        const string Chunk = """{"type":"audio-chunk","data":{"rate":RATE,"width":2,"channels":1},"payload_length":8}""" + "\n";
        object Of(string text, int rate) => text.Replace("RATE", $"{rate}", StringComparison.Ordinal);
        var (told, context) = await HoldAsync(Bytes(
            Of(Chunk, 16000), Pcm, Of(Chunk, 44100), Pcm, Of(Start, 8000), Of(Chunk, 8000), Pcm, Of(Chunk, 48000), Pcm, Of(Chunk, 8000), Pcm));
        Assert.Equal([16000, 44100, 8000, 48000], context.Services.Opened.Select(stream => stream.Format.Rate));
        Assert.All(context.Services.Opened, stream => Assert.True(stream.IsDisposed));
        Assert.EndsWith(
            """{"text":"The audio changes from 48000 Hz, 16 bit, mono to 8000 Hz, 16 bit, mono, its second change; send audio-start before each.","code":"format"}""",
            told,
            StringComparison.Ordinal);
    }

    private static string Framed(string type, string data) =>
        $$"""{"type":"{{type}}","version":"1.7.2","data_length":{{Encoding.UTF8.GetByteCount(data)}}}""" + "\n" + data;

    private static (string Header, string Data) Split(string told)
    {
        var end = told.IndexOf('\n', StringComparison.Ordinal);
        return (told[..end], told[(end + 1)..]);
    }

    private static void AssertArtifact(JsonElement artifact)
    {
        Assert.True(artifact.GetProperty("installed").GetBoolean());
        foreach (var text in (string[])["name", "description", "version"])
        {
            Assert.NotEmpty(artifact.GetProperty(text).GetString()!);
        }

        Assert.Equal("SernetStream", artifact.GetProperty("attribution").GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.String, artifact.GetProperty("attribution").GetProperty("url").ValueKind);
    }
}
