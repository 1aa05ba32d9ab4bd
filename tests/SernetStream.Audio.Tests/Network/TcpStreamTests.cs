using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Testing;
using static SernetStream.Audio.Tests.Network.StreamListener;

namespace SernetStream.Audio.Tests.Network;

/// <summary>Raw samples over TCP, from real senders.</summary>
public sealed class TcpStreamTests
{
    private const int Restarts = 10;
    private readonly StreamListener _listener = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_a_sender_that_ends_ten_times_all_is_heard_that_was_sent(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        var port = Loopback.FreePort();
        var piece = Samples(8_000);
        var sender = new TcpSender(port, piece);
        using var source = _listener.Open($"tcp://127.0.0.1:{port}");
        for (var sent = 1; sent <= Restarts + 1; sent++)
        {
            _listener.Hear(source, 8_000);
            sender.Dispose();
            if (sent <= Restarts)
            {
                sender = new TcpSender(port, piece);
            }

            Assert.Equal(sent * 8_000, _listener.Sounding);
        }

        Assert.True(_listener.Losses >= Restarts, $"{_listener.Losses} losses");
        Assert.All(_listener.Reasons, reason => Assert.Contains("ended: the sender closed the connection", reason, StringComparison.Ordinal));
    }

    [NeedsTheory("ffmpeg")]
    [InlineData("s16le", 48_000, 2)]
    [InlineData("f32le", 16_000, 1)]
    [InlineData("mulaw", 8_000, 1)]
    [InlineData("s16be", 44_100, 1)]
    public async Task What_ffmpeg_sends_is_heard(string format, int rate, int channels)
    {
        var port = Loopback.FreePort();
        await using var sender = ChildProcess.Start("ffmpeg", [
            "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "aevalsrc=0.25*sin(2*PI*1000*t):s=48000",
            "-ar", $"{rate}", "-ac", $"{channels}", "-f", format, $"tcp://127.0.0.1:{port}?listen=1",
        ]);
        using var source = _listener.Open($"tcp://127.0.0.1:{port}?rate={rate}&channels={channels}&format={format}", Patient with { WaitForDevice = true });
        _listener.Hear(source, 8_000);
        var waited = _listener.Missing;
        var heard = new float[16_000];
        for (var count = 0; count < heard.Length;)
        {
            var block = _listener.Next(source);
            block[..Math.Min(block.Length, heard.Length - count)].CopyTo(heard.AsSpan(count));
            count += block.Length;
        }

        // ffmpeg makes each of two channels quieter.
        Assert.Equal(channels == 2 ? 0.25 / Math.Sqrt(2) : 0.25, SineListener.Amplitude(heard, 1000, 16_000), 0.02);
        Assert.Equal(waited, _listener.Missing);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_running_connection_allocates_nothing(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        var port = Loopback.FreePort();
        using var sender = new TcpSender(port, Samples(1_000_000));
        using var source = _listener.Open($"tcp://127.0.0.1:{port}");
        Assert.Equal(0, _listener.AllocatedBytes(source));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_sender_that_stalls_is_left_and_connected_to_again(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        var port = Loopback.FreePort();
        using var sender = new TcpSender(port, Samples(8_000), stalls: true);
        using var source = _listener.Open($"tcp://127.0.0.1:{port}", Patient with { Network = new() { StallLimit = TimeSpan.FromSeconds(1) } });
        _listener.HearUntil(source, () => _listener.Losses > 0);

        Assert.Equal(8_000, _listener.Sounding);
        Assert.Contains("has stalled: no sample came for 1 s", _listener.Reasons.First(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_reached_is_said()
    {
        var port = Loopback.FreePort();
        Refused($"tcp://127.0.0.1:{port}", AudioDeviceError.NotFound, "nothing listens there");
        Refused("tcp://nobody.invalid:5000", AudioDeviceError.NotFound, "nobody knows the host's name");
        using var mute = new TcpListener(IPAddress.Loopback, port);
        mute.Start();
        Refused($"tcp://127.0.0.1:{port}", AudioDeviceError.NotAnswering, "gave no sound within 1 s", Patient with { OpenLimit = TimeSpan.FromSeconds(1) });
    }

    /// <summary>Raw samples, 16 bit, that are not silence.</summary>
    private static byte[] Samples(int count) => [.. Enumerable.Repeat(new byte[] { 0, 0x20 }, count).SelectMany(sample => sample)];

    /// <summary>Sends to the first who connects, and ends.</summary>
    private sealed class TcpSender : IDisposable
    {
        private readonly TcpListener _listener;
        private readonly CancellationTokenSource _end = new();

        public TcpSender(int port, byte[] bytes, bool stalls = false)
        {
            _listener = new TcpListener(IPAddress.Loopback, port);
            _listener.Start();
            _ = SendAsync(bytes, stalls);
        }

        public void Dispose()
        {
            _end.Cancel();
            _listener.Dispose();
        }

        private async Task SendAsync(byte[] bytes, bool stalls)
        {
            using var client = await _listener.AcceptTcpClientAsync(_end.Token);
            _listener.Stop();
            try
            {
                await client.GetStream().WriteAsync(bytes, _end.Token);
            }
            catch (IOException)
            {
                // Nobody listens any more.
            }

            if (stalls)
            {
                await Task.Delay(Timeout.Infinite, _end.Token);
            }
        }
    }
}
