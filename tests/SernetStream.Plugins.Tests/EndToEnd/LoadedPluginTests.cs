using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SernetStream.Plugins.Tests.OpenVoiceOS;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.EndToEnd;

/// <summary>Plugins as users load them: <c>sernetd --plugin NAME</c>, with the real model.</summary>
public sealed class LoadedPluginTests : IDisposable
{
    private static readonly string Recording = Repository.PathOf("samples", "spoken.flac");

    private readonly TemporaryFolder _folder = new();

    [NeedsFact("sox")]
    public async Task Wyoming_judges_a_clients_audio_as_the_daemon_judges_its_own()
    {
        var own = await RunAsync("--device", $"file:{Recording}", "--speed", "max", "--output", "json");
        var port = Loopback.FreePort();
        await using var daemon = Start(
            "--device", "stdin", "--output", "none", "--plugin", "Wyoming", "--set", $"plugins.Wyoming.uris.0=tcp://127.0.0.1:{port}");
        await daemon.ErrorLineAsync(line => line.Contains("Wyoming: listening at", StringComparison.Ordinal));

        var finals = new List<string>();
        foreach (var (rate, bits, channels) in ((int, int, int)[])[(16000, 16, 1), (44100, 24, 2)])
        {
            var told = await SendAsync(port, await PcmAsync(rate, bits, channels), rate, bits / 8, channels);
            Assert.Equal(told.Count(answer => answer.Type == "voice-started"), told.Count(answer => answer.Type == "voice-stopped"));
            finals.Add(Finals(told.Where(answer => answer.Type == "user-event").Select(answer => answer.Data.GetProperty("data"))));
        }

        var expected = Finals(own.Output.Split('\n').Select(line => JsonDocument.Parse(line).RootElement));
        Assert.NotEmpty(expected);
        Assert.Equal(expected, finals[0]);

        // 8-bit samples are signed too; they are good enough for the detector to find speech.
        var coarse = await SendAsync(port, await PcmAsync(8000, 8, 1), 8000, 1, 1);
        Assert.NotEmpty(Finals(coarse.Where(answer => answer.Type == "user-event").Select(answer => answer.Data.GetProperty("data"))));

        // Another resampling path gives as many utterances, but an emotion near a threshold may differ.
        Assert.Equal(expected.Count(c => c == ' '), finals[1].Count(c => c == ' '));
    }

    [NeedsFact("sox")]
    public async Task While_the_assistant_speaks_on_the_bus_the_daemon_hears_nobody()
    {
        await using var bus = await MessageBus.StartAsync();
        await using var daemon = Start(
            "--device", "stdin", "--output", "none", "--log-level", "debug", "--plugin", "OpenVoiceOS", "--set", $"plugins.OpenVoiceOS.url={bus.Url}");
        var client = await bus.ClientAsync();
        await MessageBus.SayAsync(client, """{"type":"recognizer_loop:audio_output_start","data":{},"context":{}}""");
        await daemon.ErrorLineAsync(line => line.Contains("OpenVoiceOS holds the microphone", StringComparison.Ordinal));
        await AssertNobodyIsHeardAsync(daemon);
    }

    [NeedsFact("sox")]
    public async Task While_a_satellite_plays_an_answer_the_daemon_hears_nobody()
    {
        var port = Loopback.FreePort();
        await using var daemon = Start(
            "--device", "stdin", "--output", "none", "--log-level", "debug", "--plugin", "Wyoming", "--set", $"plugins.Wyoming.uris.0=tcp://127.0.0.1:{port}");
        await daemon.ErrorLineAsync(line => line.Contains("Wyoming: listening at", StringComparison.Ordinal));
        using var satellite = new TcpClient();
        await satellite.ConnectAsync("127.0.0.1", port);
        await WriteAsync(satellite.GetStream(), """{"type":"synthesize","data":{"text":"It is ten."}}""", [], CancellationToken.None);
        await WriteAsync(
            satellite.GetStream(), """{"type":"audio-start","data":{"rate":22050,"width":2,"channels":1}}""", [], CancellationToken.None);
        await daemon.ErrorLineAsync(line => line.Contains("Wyoming holds the microphone", StringComparison.Ordinal));
        await AssertNobodyIsHeardAsync(daemon);
    }

    [NeedsFact("sox", "mosquitto", "mosquitto_pub")]
    public async Task While_Rhasspy_speaks_the_daemon_hears_nobody()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var port = broker.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await using var daemon = Start(
            "--device", "stdin", "--output", "none", "--log-level", "debug", "--plugin", "Hermes", "--set", $"plugins.Hermes.broker=mqtt://127.0.0.1:{port}");
        await daemon.ErrorLineAsync(line => line.Contains("Hermes: connected to", StringComparison.Ordinal));
        await ChildProcess.RunAsync(
            "mosquitto_pub", ["-h", "127.0.0.1", "-p", port, "-t", "hermes/tts/say", "-m", """{"text":"It is ten.","id":"1"}"""]);
        await daemon.ErrorLineAsync(line => line.Contains("Hermes holds the microphone", StringComparison.Ordinal));
        await AssertNobodyIsHeardAsync(daemon);
    }

    [Fact]
    public async Task Webhook_and_Exec_are_given_what_standard_output_says()
    {
        var posted = new List<string>();
        await using var server = await WebServer.StartAsync(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            posted.Add(await reader.ReadToEndAsync(http.RequestAborted));
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        var lines = _folder.PathOf("lines");
        var result = await RunAsync(
            "--device", $"file:{Recording}", "--speed", "max", "--output", "json",
            "--plugin", "Webhook", "--set", $"plugins.Webhook.url={server.Url}",
            "--plugin", "Exec", "--set", "plugins.Exec.command.0=tee", "--set", "plugins.Exec.command.1=-a", "--set", $"plugins.Exec.command.2={lines}",
            "--set", "plugins.Exec.at_once=64");
        var said = result.Output.Split('\n');
        Assert.Equal(said.Where(line => !line.Contains("\"interim\"", StringComparison.Ordinal)), posted);
        Assert.Equal(
            said.Where(line => line.Contains("\"change\"", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            (await File.ReadAllLinesAsync(lines)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_plugin_that_cannot_be_used_ends_the_daemon_with_a_sentence()
    {
        foreach (var (arguments, because) in ((string[], string)[])
        [
            (["--plugin", "Nonsense"], "There is no plugin Nonsense in "),
            (["--plugin", "Exec"], "plugins.Exec.command is wrong: it must name the program"),
            (["--plugin", "Webhook", "--set", "plugins.Webhook.ulr=http://x/"], "plugins.Webhook.ulr is not a setting of this plugin"),
        ])
        {
            var result = await ChildProcess.RunAsync("dotnet", [Repository.Daemon, "--device", $"file:{Recording}", .. arguments]);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains(because, result.Errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static ChildProcess Start(params string[] arguments) => ChildProcess.Start("dotnet", [Repository.Daemon, .. arguments]);

    private static async Task<ChildResult> RunAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("dotnet", [Repository.Daemon, .. arguments]);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result;
    }

    private async Task AssertNobodyIsHeardAsync(ChildProcess daemon)
    {
        await daemon.StandardInput.WriteAsync(await PcmAsync(16000, 16, 1));
        daemon.StandardInput.Close();
        var result = await daemon.ExitAsync();
        Assert.Matches(@"heard 25\.\d s .*, 0 utterances; .* 0 events", result.Errors);
    }

    private async Task<byte[]> PcmAsync(int rate, int bits, int channels)
    {
        var file = _folder.PathOf($"{rate}.raw");
        var result = await ChildProcess.RunAsync(
            "sox", [Recording, "-D", "-r", $"{rate}", "-b", $"{bits}", "-e", "signed", "-c", $"{channels}", "-t", "raw", file]);
        Assert.Equal(0, result.ExitCode);
        return await File.ReadAllBytesAsync(file);
    }

    private static async Task<List<(string Type, JsonElement Data)>> SendAsync(int port, byte[] pcm, int rate, int width, int channels)
    {
        using var patience = new CancellationTokenSource(ChildProcess.WaitTimeout);
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, patience.Token);
        var stream = client.GetStream();
        var reading = ReadToPongAsync(stream, patience.Token);
        var data = $$"""{"rate":{{rate}},"width":{{width}},"channels":{{channels}}}""";
        await WriteAsync(stream, $$"""{"type":"audio-start","data":{{data}}}""", [], patience.Token);
        foreach (var chunk in pcm.Chunk(1001))
        {
            // A chunk deliberately has no whole number of frames.
            await WriteAsync(stream, $$"""{"type":"audio-chunk","data":{{data}},"payload_length":{{chunk.Length}}}""", chunk, patience.Token);
        }

        await WriteAsync(stream, """{"type":"audio-stop"}""", [], patience.Token);
        await WriteAsync(stream, """{"type":"ping"}""", [], patience.Token);
        return await reading;
    }

    private static async Task WriteAsync(NetworkStream stream, string header, byte[] payload, CancellationToken cancellationToken) =>
        await stream.WriteAsync((byte[])[.. Encoding.UTF8.GetBytes(header), (byte)'\n', .. payload], cancellationToken);

    private static async Task<List<(string Type, JsonElement Data)>> ReadToPongAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        var told = new List<(string, JsonElement)>();
        var buffered = new BufferedStream(stream);
        while (true)
        {
            var line = new List<byte>();
            var one = new byte[1];
            while (await buffered.ReadAsync(one, cancellationToken) == 1 && one[0] != '\n')
            {
                line.Add(one[0]);
            }

            var header = JsonDocument.Parse(line.ToArray()).RootElement;
            var data = new byte[header.GetProperty("data_length").GetInt32()];
            await buffered.ReadExactlyAsync(data, cancellationToken);
            var type = header.GetProperty("type").GetString()!;
            if (type == "pong")
            {
                return told;
            }

            told.Add((type, JsonDocument.Parse(data).RootElement));
        }
    }

    private static string Finals(IEnumerable<JsonElement> events) => string.Join(' ', events
        .Where(e => e.GetProperty("kind").GetString() == "final")
        .Select(e => $"{e.GetProperty("emotion")}@{e.GetProperty("audioEnd")}"));
}
