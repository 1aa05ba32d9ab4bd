using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Testing;
using static SernetStream.Audio.Tests.Network.StreamListener;

namespace SernetStream.Audio.Tests.Network;

/// <summary>RTP and bare samples over UDP, from real senders.</summary>
public sealed class DatagramStreamTests
{
    private const int Restarts = 10;
    private const string GStreamer = """
        import sys, gi
        gi.require_version("Gst", "1.0")
        from gi.repository import GLib, Gst
        Gst.init(None)
        Gst.parse_launch(sys.argv[1]).set_state(Gst.State.PLAYING)
        GLib.MainLoop().run()
        """;

    private readonly StreamListener _listener = new();
    private readonly int _port = FreePort();

    [NeedsTheory("ffmpeg")]
    [InlineData("-ar 44100 -ac 1 -c:a pcm_s16be", "")]
    [InlineData("-ar 44100 -ac 2 -c:a pcm_s16be", "")]
    [InlineData("-ar 8000 -ac 1 -c:a pcm_mulaw", "")]
    [InlineData("-ar 8000 -ac 1 -c:a pcm_alaw", "")]
    [InlineData("-ar 16000 -ac 1 -c:a pcm_s16be", "?rate=16000")]
    [InlineData("-ar 48000 -ac 2 -c:a pcm_s16be", "?rate=48000&channels=2&format=s16be")]
    public async Task What_ffmpeg_sends_as_rtp_is_heard(string arguments, string query)
    {
        await using var sender = ChildProcess.Start("ffmpeg", [
            "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "aevalsrc=0.25*sin(2*PI*1000*t):s=48000",
            .. arguments.Split(' '), "-f", "rtp", $"rtp://127.0.0.1:{_port}",
        ]);
        AssertTone($"rtp://127.0.0.1:{_port}{query}");
    }

    [NeedsFact("gi:Gst-1.0")]
    public async Task What_gstreamer_sends_as_rtp_is_heard()
    {
        await using var sender = ChildProcess.Start("/usr/bin/python3", ["-c", GStreamer,
            $"audiotestsrc is-live=true freq=1000 volume=0.25 ! audio/x-raw,rate=16000,channels=1 ! audioconvert ! rtpL16pay ! udpsink host=127.0.0.1 port={_port}"]);
        AssertTone($"rtp://127.0.0.1:{_port}?rate=16000");
    }

    [NeedsFact("ffmpeg")]
    public async Task What_ffmpeg_sends_bare_is_heard()
    {
        await using var sender = ChildProcess.Start("ffmpeg", [
            "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "aevalsrc=0.25*sin(2*PI*1000*t):s=16000", "-f", "s16le", $"udp://127.0.0.1:{_port}",
        ]);
        AssertTone($"udp://127.0.0.1:{_port}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_sender_that_is_replaced_ten_times_all_is_heard_that_was_sent(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, _port);
        var opening = Task.Run(() => _listener.Open($"rtp://127.0.0.1:{_port}?rate=16000"));
        while (!opening.IsCompleted)
        {
            // One packet, again and again: it counts once.
            TrySend(client, Packet(0, sender: 0, frames: 320));
            await Task.WhenAny(opening, Task.Delay(10));
        }

        using var source = await opening;
        for (var sender = 1; sender <= Restarts; sender++)
        {
            for (var i = 0; i < 50; i++)
            {
                client.Send(Packet(i, (uint)sender));
            }

            var sent = 320 + (sender * 8_000);
            _listener.HearUntil(source, () => _listener.Sounding >= sent);
        }

        Assert.Equal(320 + (Restarts * 8_000), _listener.Sounding);
        Assert.Equal(0, _listener.Losses);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void One_that_stalls_is_waited_for_and_says_what_came(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, _port);
        _ = Begin(client, out var stop);
        using var source = _listener.Open($"rtp://127.0.0.1:{_port}?rate=16000", Patient with { Network = new() { StallLimit = TimeSpan.FromSeconds(1) } });
        stop();
        _listener.HearUntil(source, () => _listener.Losses > 0);

        Assert.Matches(@"has stalled: no packet came for 1 s \(\d+ packets, 0 missing, 0 late, 0 twice, 0 of others\)\.", _listener.Reasons.First());
        var missing = _listener.Missing;
        _ = Begin(client, out stop);
        _listener.Hear(source, 1_600);
        stop();
        Assert.True(_listener.Missing > missing);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_running_stream_allocates_nothing(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, _port);
        _ = Begin(client, out var stop);
        using var source = _listener.Open($"rtp://127.0.0.1:{_port}?rate=16000");
        Assert.Equal(0, _listener.AllocatedBytes(source));
        stop();
    }

    [Fact]
    public void A_group_is_joined()
    {
        using var client = new UdpClient();
        client.Client.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastLoopback, true);
        client.Connect(IPAddress.Parse("239.255.77.7"), _port);
        _ = Begin(client, out var stop);
        using var source = _listener.Open($"rtp://239.255.77.7:{_port}?rate=16000");
        _listener.Hear(source, 1_600);
        stop();
    }

    [Fact]
    public void What_gives_no_sound_is_said()
    {
        var soon = Patient with { OpenLimit = TimeSpan.FromSeconds(1) };
        Refused($"rtp://127.0.0.1:{_port}", AudioDeviceError.NotAnswering, "no RTP packet came", soon);
        Refused($"udp://127.0.0.1:{_port}", AudioDeviceError.NotAnswering, "gave no sound within 1 s", soon);
        Refused($"rtp://192.0.2.1:{_port}", AudioDeviceError.NotFound, "this machine has no such address");
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, _port);
        _ = Begin(client, out var stop);
        Refused($"rtp://127.0.0.1:{_port}", AudioDeviceError.FormatRefused, "gets payload type 97, which does not say what it is");
        stop();
        using var other = new UdpClient(new IPEndPoint(IPAddress.Loopback, _port));
        Refused($"udp://127.0.0.1:{_port}", AudioDeviceError.NotFound, "another program has this port");
    }

    private void AssertTone(string device)
    {
        using var source = _listener.Open(device);
        _listener.Hear(source, 8_000);
        var heard = new float[16_000];
        for (var count = 0; count < heard.Length;)
        {
            var block = _listener.Next(source);
            block[..Math.Min(block.Length, heard.Length - count)].CopyTo(heard.AsSpan(count));
            count += block.Length;
        }

        // ffmpeg makes each of two channels quieter.
        Assert.InRange(SineListener.Amplitude(heard, 1000, 16_000), 0.24 / Math.Sqrt(2), 0.26);
    }

    /// <summary>Sends packets of 10 ms until it is stopped.</summary>
    private static Task Begin(UdpClient client, out Action stop)
    {
        var end = new CancellationTokenSource();
        stop = end.Cancel;
        return Task.Run(() =>
        {
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                TrySend(client, Packet(i, sender: 100));
                end.Token.WaitHandle.WaitOne(10);
            }
        });
    }

    private static void TrySend(UdpClient client, byte[] packet)
    {
        try
        {
            client.Send(packet);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Nobody listens yet, or the test has ended.
        }
    }

    private static byte[] Packet(int number, uint sender, int frames = 160)
    {
        var packet = new byte[12 + (2 * frames)];
        (packet[0], packet[1]) = (0x80, 97);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)number);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)(number * 160));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), sender);
        for (var i = 12; i < packet.Length; i += 2)
        {
            packet[i] = 0x20;
        }

        return packet;
    }

    private static int FreePort()
    {
        using var client = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)client.Client.LocalEndPoint!).Port;
    }
}
