using System.Net;
using System.Net.Sockets;
using System.Text;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Testing;
using static SernetStream.Audio.Tests.Network.StreamListener;

namespace SernetStream.Audio.Tests.Network;

/// <summary>Microphone services and satellites of the Wyoming protocol, as their programs speak.</summary>
public sealed class WyomingStreamTests : IDisposable
{
    private const int Restarts = 10;
    private const string Satellite = """{"satellite":{"name":"kitchen","attribution":{"name":"","url":""},"installed":true,"description":"","version":"1"},"asr":[],"mic":[]}""";
    private static readonly DeviceOptions Soon = Patient with { OpenLimit = TimeSpan.FromSeconds(2), Network = new() { StallLimit = TimeSpan.FromSeconds(2) } };

    private readonly StreamListener _listener = new();
    private readonly int _port = Loopback.FreePort();
    private readonly CancellationTokenSource _end = new();

    private string Device => $"wyoming://127.0.0.1:{_port}";

    public void Dispose() => _end.Cancel();

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Of_a_microphone_service_that_ends_ten_times_all_is_heard_that_was_sent(bool isInline, bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        var serving = ServeAsync(async stream =>
        {
            await stream.WriteAsync(Event("audio-start", """{"rate":16000,"width":2,"channels":1,"timestamp":5}""", isInline));
            for (var i = 0; i < 8; i++)
            {
                await stream.WriteAsync(Chunk(1_000, isInline));
            }
        }, Restarts + 1);
        using (var source = _listener.Open(Device))
        {
            _listener.Hear(source, (Restarts + 1) * 8_000);
        }

        await serving;
        Assert.Equal((Restarts + 1) * 8_000, _listener.Sounding);
        Assert.True(_listener.Missing > 0);
        Assert.Equal(Restarts, _listener.Losses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_satellite_is_asked_to_run_and_its_silence_is_a_gap(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        var goOn = new TaskCompletionSource();
        var asked = new TaskCompletionSource<string>();
        var serving = ServeAsync(async stream =>
        {
            using var reader = new StreamReader(stream, leaveOpen: true);
            var hello = await reader.ReadLineAsync();
            await stream.WriteAsync(Event("info", Satellite, isInline: false));
            asked.SetResult(hello + await reader.ReadLineAsync());
            await goOn.Task;
            await stream.WriteAsync(Event("ping", "{}", isInline: true));
            await stream.WriteAsync(Event("run-pipeline", """{"start_stage":"asr","end_stage":"tts","restart_on_end":false}""", isInline: false));
            await stream.WriteAsync(Chunk(1_000, isInline: false));
            Assert.Equal("""{"type":"pong"}""", await reader.ReadLineAsync());
            await stream.WriteAsync(Event("audio-stop", "{}", isInline: true));
            await Task.Delay(TimeSpan.FromSeconds(1.2));
            await stream.WriteAsync(Chunk(1_000, isInline: true));
            await Task.Delay(Timeout.Infinite, _end.Token);
        }, 1);
        using var source = _listener.Open(Device);
        Assert.Equal("""{"type":"describe"}{"type":"run-satellite"}""", await asked.Task);
        _listener.HearUntil(source, () => _listener.Missing >= 16_000);

        var before = _listener.Missing;
        goOn.SetResult();
        _listener.Hear(source, 2_000);
        Assert.Equal(2_000, _listener.Heard);
        Assert.InRange(_listener.Missing - before, 16_000, 160_000);
        Assert.Equal(0, _listener.Losses);
        Assert.False(serving.IsFaulted, serving.Exception?.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_does_not_answer_is_left_and_one_that_does_is_kept(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        var pings = 0;
        var serving = ServeAsync(async stream =>
        {
            using var reader = new StreamReader(stream, leaveOpen: true);
            await stream.WriteAsync(Event("info", Satellite, isInline: true));
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.Contains("ping", StringComparison.Ordinal) && ++pings <= 3)
                {
                    await stream.WriteAsync(Event("pong", "{}", isInline: true));
                }
            }
        }, 1);
        using (var source = _listener.Open(Device, Soon))
        {
            _listener.HearUntil(source, () => _listener.Losses > 0);
        }

        Assert.Contains("has stalled: it did not answer for 2 s", _listener.Reasons.First(), StringComparison.Ordinal);
        Assert.Equal(4, pings);
        // A connection that is lost is closed when the next is tried, or with the source.
        await Task.WhenAny(serving).WaitAsync(ChildProcess.WaitTimeout);
    }

    [Theory]
    [InlineData("", "closed the connection without a sample. A satellite has one server only", AudioDeviceError.Busy)]
    [InlineData("info " + Satellite, "closed the connection without a sample. A satellite has one server only", AudioDeviceError.Busy)]
    [InlineData("""info {"asr":[{"name":"whisper"}],"mic":[],"satellite":null}""", "is a Wyoming service without a microphone", AudioDeviceError.FormatRefused)]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak the Wyoming protocol", AudioDeviceError.FormatRefused)]
    [InlineData("{\"type\":\"audio-chunk\",\"payload_length\":-1}\n", "does not speak the Wyoming protocol", AudioDeviceError.FormatRefused)]
    [InlineData("[]\n", "does not speak the Wyoming protocol", AudioDeviceError.FormatRefused)]
    public void What_gives_no_sound_is_said(string answer, string reason, AudioDeviceError error)
    {
        _ = ServeAsync(async stream => await stream.WriteAsync(
            answer.StartsWith("info ", StringComparison.Ordinal) ? Event("info", answer[5..], isInline: true) : Encoding.ASCII.GetBytes(answer)), 1);
        Refused(Device, error, reason, Soon);
    }

    [Fact]
    public void One_that_cannot_be_reached_or_says_nothing_is_said()
    {
        Refused(Device, AudioDeviceError.NotFound, "nothing listens there");
        _ = ServeAsync(_ => Task.Delay(Timeout.Infinite, _end.Token), 1);
        Refused(Device, AudioDeviceError.NotAnswering, "did not answer within 2 s", Soon);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_running_stream_allocates_nothing(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        _ = ServeAsync(async stream =>
        {
            while (true)
            {
                await stream.WriteAsync(Chunk(1_000, isInline: false), _end.Token);
            }
        }, 1);
        using var source = _listener.Open(Device);
        Assert.Equal(0, _listener.AllocatedBytes(source));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_program_that_connects_is_told_that_there_is_no_service_and_is_heard(bool isInline)
    {
        using var source = _listener.Open($"wyoming-listen://127.0.0.1:{_port}?from=127.0.0.1", Patient with { WaitForDevice = true });
        var spoken = SpeakAsync();
        _listener.HearUntil(source, () => _listener.Sounding == 2_000 && _listener.Missing >= 8_000);
        _listener.HearUntil(source, () => _listener.Losses > 0);
        Assert.Equal("""{"type":"info","data":{"asr":[],"tts":[],"handle":[],"intent":[],"wake":[],"mic":[],"snd":[]}}{"type":"pong"}""", await spoken);
        Assert.Contains("the sender closed the connection", _listener.Reasons.First(), StringComparison.Ordinal);

        async Task<string> SpeakAsync()
        {
            using var client = await ConnectAsync();
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, leaveOpen: true);
            await stream.WriteAsync(Event("describe", "{}", isInline));
            var answer = await reader.ReadLineAsync();
            await stream.WriteAsync(Event("audio-start", """{"rate":16000,"width":2,"channels":1,"timestamp":5}""", isInline));
            await stream.WriteAsync(Chunk(1_000, isInline));
            await stream.WriteAsync(Event("audio-stop", "{}", isInline));
            await stream.WriteAsync(Event("ping", "{}", isInline));
            answer += await reader.ReadLineAsync();
            await Task.Delay(TimeSpan.FromSeconds(1.2));
            await stream.WriteAsync(Chunk(1_000, isInline));
            return answer;
        }
    }

    [Theory]
    [InlineData("", "closed the connection without a sample")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "does not speak the Wyoming protocol: it sends no JSON. Check what connects to this port.")]
    public async Task Who_connects_and_sends_no_sound_is_said_and_the_next_is_heard(string words, string sentence)
    {
        using var listener = new SenderListener($"wyoming-listen://127.0.0.1:{_port}");
        var next = listener.NextAsync(_end.Token);
        using (var client = await ConnectAsync())
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(words));
        }

        Assert.Contains(sentence, (await Assert.ThrowsAsync<AudioDeviceException>(() => next)).Message, StringComparison.Ordinal);
        next = listener.NextAsync(_end.Token);
        using var second = await ConnectAsync();
        await second.GetStream().WriteAsync(Chunk(1_000, isInline: true));
        using var source = await next;
        Assert.Equal(16_000, source.SampleRate);
    }

    private async Task<TcpClient> ConnectAsync()
    {
        while (true)
        {
            var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, _port, _end.Token);
                return client;
            }
            catch (SocketException)
            {
                // Nobody listens yet.
                client.Dispose();
                await Task.Delay(TimeSpan.FromMilliseconds(20), _end.Token);
            }
        }
    }

    /// <summary>Serves so many connections, one after the other.</summary>
    private async Task ServeAsync(Func<NetworkStream, Task> serve, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var listener = new TcpListener(IPAddress.Loopback, _port);
            listener.Start();
            using var client = await listener.AcceptTcpClientAsync(_end.Token);
            listener.Stop();
            var stream = client.GetStream();
            try
            {
                await serve(stream);
                // An end, not a reset: what was sent is still read.
                client.Client.Shutdown(SocketShutdown.Send);
                await stream.CopyToAsync(Stream.Null, _end.Token);
            }
            catch (IOException)
            {
                // Nobody listens any more.
            }
        }
    }

    private static byte[] Event(string type, string data, bool isInline) => Encoding.UTF8.GetBytes(isInline
        ? $$"""{"type":"{{type}}","data":{{data}}}""" + "\n"
        : $$"""{"type": "{{type}}", "version": "1.7.2", "data_length": {{Encoding.UTF8.GetByteCount(data)}}}""" + "\n" + data);

    private static byte[] Chunk(int samples, bool isInline)
    {
        const string Data = """{"rate":16000,"width":2,"channels":1,"timestamp":7}""";
        var payload = Enumerable.Repeat(new byte[] { 0, 0x20 }, samples).SelectMany(sample => sample).ToArray();
        var header = isInline
            ? $$"""{"type":"audio-chunk","data":{{Data}},"payload_length":{{payload.Length}}}""" + "\n"
            : $$"""{"type": "audio-chunk", "version": "1.7.2", "data_length": {{Data.Length}}, "payload_length": {{payload.Length}}}""" + "\n" + Data;
        return [.. Encoding.ASCII.GetBytes(header), .. payload];
    }
}
