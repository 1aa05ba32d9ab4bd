using System.Collections.Concurrent;
using System.Diagnostics;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Network;

/// <summary>Real streams over HTTP and RTSP, through a real ffmpeg.</summary>
public sealed class FfmpegSourceTests
{
    private const int Restarts = 10;
    private static readonly DeviceOptions Patient = new()
    {
        FirstRetry = TimeSpan.FromSeconds(0.05),
        LongestRetry = TimeSpan.FromSeconds(0.2),
    };

    private readonly ConcurrentQueue<DeviceStatus> _news = new();
    private readonly float[] _buffer = new float[16_000];
    private bool _isInRoom;

    [NeedsTheory("ffmpeg")]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_a_web_server_that_ends_ten_times_all_is_heard_that_was_sent(bool isInRoom)
    {
        _isInRoom = isInRoom;
        var port = Loopback.FreePort();
        var piece = WavBytes.Pcm(16_000, 1, 16, [.. Enumerable.Repeat(0.25f, 8_000)]);
        var server = new HttpStream(port, "audio/wav", piece);
        var began = Stopwatch.GetTimestamp();
        using var source = AudioSourceFactory.Open($"http://127.0.0.1:{port}/live.wav", options: Patient, report: _news.Enqueue);
        Assert.Equal($"http://127.0.0.1:{port}/live.wav", source.Name);
        var (heard, missing, gaps) = (0L, 0L, 0);
        for (var sent = 1; sent <= Restarts + 1; sent++)
        {
            while (heard < sent * 8_000L)
            {
                var block = Next(source);
                heard += Sounding(block);
                missing += block.LostBefore;
                gaps += block.LostBefore > 0 ? 1 : 0;
            }

            Assert.Equal(sent * 8_000L, heard);
            server.Dispose();
            server = sent <= Restarts ? new HttpStream(port, "audio/wav", piece) : server;
        }

        var elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Assert.True(gaps >= Restarts, $"{gaps} gaps");
        // The last piece may come at once, and each as much faster as a busy machine had let it wait. Gaps counted twice would be seconds.
        Assert.InRange((heard + missing) / 16_000.0, 0, elapsed + 0.5 + 0.1 * (Restarts + 1));
        Assert.True(_news.Count(status => status.State == DeviceState.Lost) >= Restarts);
        Assert.All(_news.Where(status => status.State == DeviceState.Lost), status =>
            Assert.Contains("ended: the server closed the connection", status.Problem!.Message, StringComparison.Ordinal));
    }

    [NeedsTheory("ffmpeg")]
    [InlineData("libmp3lame", "mp3", 44_100, 2)]
    [InlineData("aac", "adts", 48_000, 2)]
    [InlineData("libopus", "ogg", 48_000, 1)]
    public async Task Radio_is_heard_in_the_formats_of_radio(string codec, string format, int rate, int channels)
    {
        using var folder = new TemporaryFolder();
        var file = folder.PathOf("x." + format);
        await ChildProcess.RunAsync("ffmpeg", ["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "sine=1000:duration=1", "-ar", $"{rate}", "-ac", $"{channels}", "-c:a", codec, "-f", format, file]);
        var port = Loopback.FreePort();
        using var server = new HttpStream(port, "application/octet-stream", await File.ReadAllBytesAsync(file));
        using var source = AudioSourceFactory.Open($"http://127.0.0.1:{port}/radio", options: Patient);
        var heard = 0;
        for (AudioBlock block; heard < 15_000; heard += block.Count)
        {
            block = Next(source);
            Assert.True(block.LostBefore == 0, $"the stream ended after {heard} samples");
        }
    }

    [NeedsTheory("ffmpeg")]
    [InlineData(false)]
    [InlineData(true)]
    public void One_that_stalls_is_opened_again_and_the_time_is_missing(bool isInRoom)
    {
        _isInRoom = isInRoom;
        var port = Loopback.FreePort();
        var piece = WavBytes.Pcm(16_000, 1, 16, [.. Enumerable.Repeat(0.25f, 8_000)]);
        // A header without an end: more is expected.
        piece.AsSpan(4, 4).Fill(0xFF);
        piece.AsSpan(40, 4).Fill(0xFF);
        using var server = new HttpStream(port, "audio/wav", piece, stalls: true);
        var options = Patient with { Network = new NetworkOptions { StallLimit = TimeSpan.FromSeconds(2) } };
        using var source = AudioSourceFactory.Open($"http://127.0.0.1:{port}/live.wav", options: options, report: _news.Enqueue);
        var missing = 0L;
        while (missing < 16_000)
        {
            missing += Next(source).LostBefore;
        }

        Assert.Contains(_news, status => status.State == DeviceState.Lost);
    }

    [NeedsTheory("ffmpeg")]
    [InlineData(false)]
    [InlineData(true)]
    public void A_running_stream_allocates_nothing(bool isInRoom)
    {
        var port = Loopback.FreePort();
        using var server = new HttpStream(port, "audio/wav", WavBytes.Pcm(48_000, 2, 16, [.. Enumerable.Repeat(0.25f, 2 * 480_000)]));
        var listener = new StreamListener { IsInRoom = isInRoom };
        using var source = listener.Open($"http://127.0.0.1:{port}/live.wav");
        Assert.Equal(0, listener.AllocatedBytes(source));
    }

    [NeedsTheory("ffmpeg", RtspServer.Needs)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_camera_that_is_killed_ten_times_is_heard_again_each_time(bool isInRoom)
    {
        _isInRoom = isInRoom;
        var port = Loopback.FreePort();
        var server = await RtspServer.StartAsync(port, RtspServer.Camera);
        var began = Stopwatch.GetTimestamp();
        using var source = AudioSourceFactory.Open($"rtsp://127.0.0.1:{port}/mic", options: Patient, report: _news.Enqueue);
        var opened = Stopwatch.GetTimestamp();
        var all = 0L;
        for (var restart = 0; restart <= Restarts; restart++)
        {
            for (var heard = 0L; heard < 3_200;)
            {
                var block = Next(source);
                heard += Sounding(block);
                all += block.Count + block.LostBefore;
            }

            // What nobody reads meanwhile would be neither sound nor silence.
            var exchange = ExchangeAsync(server, isLast: restart == Restarts);
            while (!exchange.IsCompleted)
            {
                var block = Next(source);
                all += block.Count + block.LostBefore;
            }

            server = await exchange;
        }

        // Sound and silence together are the time that passed; without the silence, it would be less than half. On a busy machine the
        // camera sends more slowly than the clock goes.
        Assert.InRange(all / 16_000.0, 0.75 * Stopwatch.GetElapsedTime(opened).TotalSeconds, Stopwatch.GetElapsedTime(began).TotalSeconds + 1);
        Assert.True(_news.Count(status => status.State == DeviceState.Lost) >= Restarts);

        async Task<RtspServer> ExchangeAsync(RtspServer before, bool isLast)
        {
            await before.DisposeAsync();
            return isLast ? before : await RtspServer.StartAsync(port, RtspServer.Camera);
        }
    }

    [NeedsFact("ffmpeg", RtspServer.Needs)]
    public async Task The_password_is_in_no_list_of_processes_and_in_no_message()
    {
        const string Password = "s3cr:t@/'x";
        var port = Loopback.FreePort();
        await using var server = await RtspServer.StartAsync(port, RtspServer.Camera, Password);
        var device = $"rtsp://user@127.0.0.1:{port}/mic";
        var options = Patient with { Network = new NetworkOptions { Password = Password } };
        using (var source = AudioSourceFactory.Open(device, options: options, report: _news.Enqueue))
        {
            Assert.True(Next(source).Count > 0);
            var child = Assert.Single(Children("ffmpeg", "concat"));
            Assert.All((string[])["cmdline", "environ"], file => Assert.DoesNotContain("s3cr", File.ReadAllText($"/proc/{child}/{file}"), StringComparison.Ordinal));
            Assert.DoesNotContain("s3cr", options.ToString(), StringComparison.Ordinal);
        }

        Assert.Empty(Children("ffmpeg", "concat"));
        var wrong = options with { Network = new NetworkOptions { Password = Password + "y" } };
        var refusal = Assert.Throws<AudioDeviceException>(() => AudioSourceFactory.Open(device, options: wrong, report: _news.Enqueue));
        Assert.Equal(AudioDeviceError.NoPermission, refusal.Error);
        Assert.Contains("capture.password_file", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cr", refusal.ToString() + string.Concat(_news), StringComparison.Ordinal);
    }

    [NeedsFact("ffmpeg", RtspServer.Needs)]
    public async Task A_camera_without_sound_is_refused()
    {
        var port = Loopback.FreePort();
        await using var server = await RtspServer.StartAsync(port, RtspServer.Mute);
        Refused($"rtsp://127.0.0.1:{port}/mic", AudioDeviceError.FormatRefused, "has no sound in it");
        Refused($"rtsp://127.0.0.1:{port}/other", AudioDeviceError.NotFound, "no such stream");
    }

    [NeedsFact("ffmpeg")]
    public async Task What_gives_no_sound_is_refused_with_what_to_do()
    {
        using var folder = new TemporaryFolder();
        var silent = folder.PathOf("x.mkv");
        await ChildProcess.RunAsync("ffmpeg", ["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x48", silent]);
        var unknown = WavBytes.Pcm(16_000, 1, 16, new float[16_000]);
        (unknown[20], unknown[21]) = (0x77, 0x77);
        var port = Loopback.FreePort();
        Refused($"http://127.0.0.1:{port}/x", AudioDeviceError.NotFound, "nothing listens there");
        Refused("http://nobody.invalid/x", AudioDeviceError.NotFound, "cannot be reached");
        RefusedContent(port, await File.ReadAllBytesAsync(silent), "has no sound in it");
        RefusedContent(port, unknown, "a format that this ffmpeg does not know");
        RefusedContent(port, [.. Enumerable.Repeat("<p>Good morning</p>\n"u8.ToArray(), 500).SelectMany(line => line)], "is not a stream of sound");
    }

    private static void RefusedContent(int port, byte[] content, string reason)
    {
        using var server = new HttpStream(port, "application/octet-stream", content, hasLength: true);
        Refused($"http://127.0.0.1:{port}/x", AudioDeviceError.FormatRefused, reason);
    }

    private static void Refused(string device, AudioDeviceError error, string reason)
    {
        var refusal = Assert.Throws<AudioDeviceException>(() => AudioSourceFactory.Open(device));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(error, refusal.Error);
    }

    /// <summary>Children of this process.</summary>
    /// <param name="name">The program.</param>
    /// <param name="argument">One of its arguments.</param>
    private static List<int> Children(string name, string argument) =>
    [
        .. Process.GetProcessesByName(name).Select(process => process.Id).Where(id =>
            File.Exists($"/proc/{id}/status") && File.ReadAllText($"/proc/{id}/status").Contains($"PPid:\t{Environment.ProcessId}\n", StringComparison.Ordinal)
            && File.ReadAllText($"/proc/{id}/cmdline").Split('\0').Contains(argument)),
    ];

    private AudioBlock Next(IAudioSource source)
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        return StreamListener.Read(source, _buffer, 320, _isInRoom, limit.Token);
    }

    private long Sounding(AudioBlock block)
    {
        var count = 0L;
        foreach (var sample in _buffer.AsSpan(0, block.Count))
        {
            count += Math.Abs(sample) > 0.001f ? 1 : 0;
        }

        return count;
    }
}
