using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Testing;
using static SernetStream.Audio.Tests.Network.StreamListener;

namespace SernetStream.Audio.Tests.Network;

/// <summary>Those who send to this machine, over TCP and UDP: who is heard, and what of it.</summary>
public sealed class SenderTests
{
    private const int Restarts = 10;
    private readonly StreamListener _listener = new() { Numbers = [] };
    private readonly int _port = Loopback.FreePort();

    [NeedsTheory(CountingSender.Needs)]
    [InlineData("tcp-listen", "tcp", false)]
    [InlineData("tcp-listen", "tcp", true)]
    [InlineData("udp", "udp", false)]
    [InlineData("udp", "udp", true)]
    public async Task Of_a_sender_that_is_killed_ten_times_all_is_heard_that_was_sent(string scheme, string kind, bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        using var source = _listener.Open($"{scheme}://127.0.0.1:{_port}?from=127.0.0.1", Patient with { WaitForDevice = true });
        var heard = _listener.Numbers!;
        for (var restart = 0; restart <= Restarts; restart++)
        {
            await using var sender = CountingSender.Start(kind, _port);
            var before = heard.Count;
            _listener.HearUntil(source, () => heard.Count > before + 1_600);
            var sent = await sender.KillAsync();
            _listener.HearUntil(source, () => heard[^1] >= sent);
        }

        // Nothing but the first datagrams, before anybody heard, may be missing: each sender counts from 1. One that was killed may have
        // sent a piece more than it had said.
        for (var i = 1; i < heard.Count; i++)
        {
            Assert.Equal(heard[i] == 1 ? 1 : heard[i - 1] + 1, heard[i]);
        }

        Assert.Equal(Restarts, heard.Skip(1).Count(number => number == 1));

        Assert.Equal(kind == "tcp", _listener.Losses >= Restarts);
    }

    [NeedsTheory(CountingSender.Needs)]
    [InlineData("tcp-listen", "tcp")]
    [InlineData("udp", "udp")]
    public async Task A_port_stays_open_between_two_who_send_to_it(string scheme, string kind)
    {
        using var listener = new SenderListener($"{scheme}://0.0.0.0:{_port}?from=127.0.0.0/8", IPAddress.Loopback);
        Assert.Equal($"{scheme}://127.0.0.1:{_port}", listener.Name);
        await listener.ListenAsync(TestContext.Current.CancellationToken);
        for (var turn = 0; turn < 2; turn++)
        {
            await using var sender = CountingSender.Start(kind, _port);
            using var source = await listener.NextAsync(TestContext.Current.CancellationToken);
            _listener.IsInRoom = true;
            var before = _listener.Numbers!.Count;
            _listener.HearUntil(source, () => _listener.Numbers.Count > before + 1_600);
            // What the first had sent when it was given up belongs to nobody.
            Assert.True(kind == "udp" || _listener.Numbers[before] == 1);
            Assert.Equal(1, _listener.Numbers[before + 1] - _listener.Numbers[before]);
        }

        Assert.Null(listener.Note);
        listener.Dispose();
        Assert.Throws<SocketException>(() => new TcpClient().Connect(IPAddress.Loopback, _port));
    }

    [NeedsFact(CountingSender.Needs)]
    public async Task While_one_sends_another_is_turned_away_and_then_takes_its_place()
    {
        using var source = _listener.Open($"tcp-listen://127.0.0.1:{_port}", Patient with { WaitForDevice = true });
        await using (CountingSender.Start("tcp", _port))
        {
            _listener.Hear(source, 800);
            await using var second = CountingSender.Start("tcp", _port);
            await _listener.HearWhileAsync(source, second.RefusedAsync());
            Assert.Equal(0, _listener.Losses);
        }

        await using var third = CountingSender.Start("tcp", _port);
        _listener.HearUntil(source, () => _listener.Losses > 0);
        _listener.Hear(source, 800);
    }

    [Fact]
    public void One_that_lost_its_power_gives_way_to_its_successor()
    {
        using var source = _listener.Open($"tcp-listen://127.0.0.1:{_port}", Patient with { WaitForDevice = true });
        Socket? dead = null;
        _listener.HearUntil(source, () =>
        {
            dead = dead is { Connected: true } ? dead : Connect(800);
            return _listener.Sounding == 800;
        });
        using var stop = new CancellationTokenSource();
        // It comes again until it is let in, as a device does.
        var successor = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                using var client = Connect(800);
                stop.Token.WaitHandle.WaitOne(300);
            }
        });
        _listener.HearUntil(source, () => _listener.Sounding >= 1_600);
        stop.Cancel();
        _listener.HearUntil(source, () => successor.IsCompleted);
        dead!.Dispose();
        Assert.Contains("ended", _listener.Reasons.First(), StringComparison.Ordinal);
    }

    [NeedsTheory(CountingSender.Needs)]
    [InlineData("tcp-listen", "tcp")]
    [InlineData("udp", "udp")]
    public async Task Only_those_named_are_heard_and_others_are_said_once(string scheme, string kind)
    {
        await using var other = CountingSender.Start(kind, _port, from: "127.0.0.9");
        var device = $"{scheme}://127.0.0.1:{_port}?from=127.0.0.2,127.0.1.0/24";
        const string Note = "what 127.0.0.9 sends is left out: the address is not in from=";
        Refused(device, AudioDeviceError.NotAnswering, Note, Patient with { OpenLimit = TimeSpan.FromSeconds(3) });

        using var source = _listener.Open(device, Patient with { WaitForDevice = true });
        await using var second = CountingSender.Start(kind, _port, from: "127.0.0.9");
        await using var named = CountingSender.Start(kind, _port, from: "127.0.1.77");
        var heard = _listener.Numbers!;
        _listener.HearUntil(source, () => heard.Count > 4_800 && _listener.News.Any(status => status.Note is not null));
        for (var i = 1; i < heard.Count; i++)
        {
            Assert.Equal(heard[i - 1] + 1, heard[i]);
        }

        Assert.Equal(Note, Assert.Single(_listener.News, status => status.Note is not null).Note);
    }

    [NeedsFact("ffmpeg")]
    public async Task Rtp_of_others_is_left_out()
    {
        string[] arguments = ["-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", "sine=1000", "-ar", "8000", "-c:a", "pcm_mulaw", "-f", "rtp"];
        var soon = Patient with { OpenLimit = TimeSpan.FromSeconds(8) };
        await using var sender = ChildProcess.Start("ffmpeg", [.. arguments, $"rtp://127.0.0.1:{_port}"]);
        Refused($"rtp://127.0.0.1:{_port}?from=127.0.0.2", AudioDeviceError.NotAnswering, "what 127.0.0.1 sends is left out", soon);
        using var source = _listener.Open($"rtp://127.0.0.1:{_port}?from=127.0.0.1", Patient with { WaitForDevice = true });
        _listener.Hear(source, 4_800);
    }

    [Fact]
    public async Task Those_named_are_heard_without_allocating()
    {
        var opening = Task.Run(() => _listener.Open($"udp://127.0.0.1:{_port}?from=127.0.0.1", Patient with { WaitForDevice = true }));
        using var source = await opening;
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, _port);
        using var stop = new CancellationTokenSource();
        var sending = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Send(client);
                stop.Token.WaitHandle.WaitOne(10);
            }
        });
        Assert.Equal(0, _listener.AllocatedBytes(source));
        await stop.CancelAsync();
        await sending;
    }

    [Fact]
    public void What_cannot_be_listened_at_is_said()
    {
        var soon = Patient with { OpenLimit = TimeSpan.FromSeconds(1) };
        Refused($"tcp-listen://127.0.0.1:{_port}", AudioDeviceError.NotAnswering, "no sender connected within 1 s", soon);
        Refused($"tcp-listen://192.0.2.1:{_port}", AudioDeviceError.NotFound, "this machine has no such address");
        using var other = new TcpListener(IPAddress.Loopback, _port);
        other.Start();
        Refused($"tcp-listen://127.0.0.1:{_port}", AudioDeviceError.NotFound, "another program has this port");
    }

    [Theory]
    [InlineData("10.0.0.0/8", "10.200.3.4", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("192.168.1.129/25", "192.168.1.200", true)]
    [InlineData("192.168.1.129/25", "192.168.1.100", false)]
    [InlineData("192.168.1.20,192.168.1.21", "192.168.1.21", true)]
    [InlineData("192.168.1.20", "::ffff:192.168.1.20", true)]
    [InlineData("::ffff:192.168.1.20", "192.168.1.20", true)]
    [InlineData("fd00::/8", "fd12::1", true)]
    [InlineData("fd00::/8", "fe80::1", false)]
    [InlineData("0.0.0.0/0", "8.8.8.8", true)]
    [InlineData("0.0.0.0/0", "fd12::1", false)]
    public void A_network_admits_its_own(string text, string sender, bool isAdmitted)
    {
        var guard = new SenderGuard(AllowedSenders.TryRead(text));
        Assert.Equal(isAdmitted, guard.Admits(IPAddress.Parse(sender).GetAddressBytes()));
        Assert.Equal(isAdmitted, guard.Admits(new IPEndPoint(IPAddress.Parse(sender), 5).Serialize()));
        Assert.Equal(isAdmitted ? 0 : 2, guard.Refused);
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("kitchen.local")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.1,")]
    public void What_is_no_network_is_refused(string text) => Assert.Null(AllowedSenders.TryRead(text));

    private Socket Connect(int samples)
    {
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            client.Connect(IPAddress.Loopback, _port);
            client.Send([.. Enumerable.Repeat(new byte[] { 0, 0x20 }, samples).SelectMany(sample => sample)]);
        }
        catch (SocketException)
        {
            // Nobody listens yet, or it is turned away.
        }

        return client;
    }

    private static void Send(UdpClient client)
    {
        try
        {
            client.Send([.. Enumerable.Repeat((byte)0x20, 320)]);
        }
        catch (SocketException)
        {
            // Nobody listens yet.
        }
    }
}
