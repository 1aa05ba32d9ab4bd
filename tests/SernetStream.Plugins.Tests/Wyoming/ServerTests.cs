using System.Net.Sockets;
using SernetStream.Plugins.Wyoming;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Wyoming;

public sealed class ServerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _patience = new(ChildProcess.WaitTimeout);

    [Theory]
    [InlineData("tcp://127.0.0.1:0")]
    [InlineData("unix")]
    public async Task A_client_is_served_over_tcp_and_unix_and_hears_the_room_if_it_only_listens(string where)
    {
        var uri = where == "unix" ? $"unix://{_folder.PathOf("w.sock")}" : where;
        await using var served = await ServedPlugin.StartAsync(("uris:0", uri));
        using var client = await served.ConnectAsync();
        Assert.Contains("pong", await client.AskAsync("""{"type":"ping"}""" + "\n"), StringComparison.Ordinal);
        served.Context.HearSpeech(true);
        Assert.Contains("voice-started", await client.HeaderAsync(), StringComparison.Ordinal);
        served.Context.Hear(Events.Make());
        Assert.Contains("user-event", await client.HeaderAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_too_many_is_turned_away_and_a_place_that_is_free_again_is_given()
    {
        await using var served = await ServedPlugin.StartAsync(("connections", "1"));
        using (var first = await served.ConnectAsync())
        {
            await first.AskAsync("""{"type":"ping"}""" + "\n");
            using var second = await served.ConnectAsync();
            await second.SendAsync("""{"type":"describe"}""" + "\n");
            Assert.StartsWith("""{"type":"error",""", await second.HeaderAsync(), StringComparison.Ordinal);
            Assert.True(await second.IsEndedAsync());
            await served.Context.Said.LineAsync("1 connections are open");
        }

        while (true)
        {
            using var third = await served.ConnectAsync();
            if (await third.TryAskAsync("""{"type":"ping"}""" + "\n"))
            {
                return;
            }
        }
    }

    [Theory]
    [InlineData("""{"type":"pi""")]
    [InlineData("""{"type":"audio-start","data":{"rate":16000,"width":2,"channels":1}}""" + "\n" + """{"type":"audio-chunk","data_length":""")]
    [InlineData("""{"type":"audio-chunk","data":{"rate":16000,"width":2,"channels":1},"payload_length":8}""" + "\nxx")]
    public async Task A_client_that_owes_bytes_and_falls_silent_is_turned_away(string sent)
    {
        await using var served = await ServedPlugin.StartAsync(("idle_limit", "0.2"));
        using var client = await served.ConnectAsync();
        await client.SendAsync(sent);
        Assert.Contains("\"error\"", await client.HeaderAsync(), StringComparison.Ordinal);
        Assert.True(await client.IsEndedAsync());
    }

    [Fact]
    public async Task A_client_that_only_listens_may_be_silent()
    {
        await using var served = await ServedPlugin.StartAsync(("idle_limit", "0.1"));
        using var client = await served.ConnectAsync();
        using var slow = await served.ConnectAsync();
        await slow.SendAsync("""{"type":"pi""");
        Assert.Contains("\"error\"", await slow.HeaderAsync(), StringComparison.Ordinal);
        served.Context.HearSpeech(false);
        Assert.Contains("voice-stopped", await client.HeaderAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_satellite_that_waits_in_the_middle_of_its_audio_stays()
    {
        await using var served = await ServedPlugin.StartAsync(("idle_limit", "0.1"));
        using var satellite = await served.ConnectAsync();
        await satellite.SendAsync(
            """{"type":"detect"}""" + "\n"
            + """{"type":"audio-start","data":{"rate":16000,"width":2,"channels":1}}""" + "\n"
            + """{"type":"audio-chunk","data":{"rate":16000,"width":2,"channels":1},"payload_length":4}""" + "\nabcd");

        // The assistant answers. Two slow clients one after the other take twice the limit; each is disconnected after it.
        for (var i = 0; i < 2; i++)
        {
            using var slow = await served.ConnectAsync();
            await slow.SendAsync("""{"type":"pi""");
            Assert.Contains("\"error\"", await slow.HeaderAsync(), StringComparison.Ordinal);
        }

        await satellite.SendAsync("""{"type":"ping","data":{"text":"still here"}}""" + "\n");
        Assert.Contains("voice-started", await satellite.HeaderAsync(), StringComparison.Ordinal);
        Assert.Contains("pong", await satellite.HeaderAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_whose_machine_went_away_frees_its_place_within_a_minute()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        PeerWatch.Begin(socket);
        int Tcp(SocketOptionName name) => (int)socket.GetSocketOption(SocketOptionLevel.Tcp, name)!;
        Assert.NotEqual(0, (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive)!);
        Assert.InRange(
            Tcp(SocketOptionName.TcpKeepAliveTime)
                + (Tcp(SocketOptionName.TcpKeepAliveInterval) * Tcp(SocketOptionName.TcpKeepAliveRetryCount)),
            10,
            59);
        var unconfirmed = new byte[4];
        socket.GetRawSocketOption(6, 18, unconfirmed);
        Assert.InRange(BitConverter.ToInt32(unconfirmed), 10_000, 59_000);
    }

    [Fact]
    public async Task A_crowd_before_the_door_is_not_let_in_and_does_not_fill_the_log()
    {
        await using var served = await ServedPlugin.StartAsync(("connections", "2"));
        using var first = await served.ConnectAsync();
        using var second = await served.ConnectAsync();
        await first.AskAsync("""{"type":"ping"}""" + "\n");
        await second.AskAsync("""{"type":"ping"}""" + "\n");
        var crowd = new List<WyomingClient>();
        for (var i = 0; i < 20; i++)
        {
            crowd.Add(await served.ConnectAsync());
        }

        foreach (var one in crowd)
        {
            var told = await one.IsEndedAsync() || await one.IsEndedAsync();
            Assert.True(told);
            one.Dispose();
        }

        Assert.Single(served.Context.Said.Lines, line => line.Contains("connections are open", StringComparison.Ordinal));
        Assert.Contains("pong", await first.AskAsync("""{"type":"ping"}""" + "\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_socket_of_a_killed_daemon_is_taken_over_and_that_of_a_living_one_is_not()
    {
        var path = _folder.PathOf("w.sock");
        await ChildProcess.RunAsync("python3", ["-c", $"import socket; socket.socket(socket.AF_UNIX).bind('{path}')"]);
        Assert.True(File.Exists(path));
        await using (var served = await ServedPlugin.StartAsync(("uris:0", $"unix://{path}")))
        {
            var error = await Assert.ThrowsAsync<IOException>(() => ServedPlugin.StartAsync(("uris:0", $"unix://{path}")));
            Assert.Contains("Another program listens", error.Message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("uris:0", "http://x:1", "plugins.Wyoming.uris is wrong: 'http://x:1' is not an address to listen at; write tcp://127.0.0.1:10600 or unix:///")]
    [InlineData("uris:0", "tcp://127.0.0.1", "plugins.Wyoming.uris is wrong: 'tcp://127.0.0.1' is not an address to listen at; write tcp://127.0.0.1:10600 or unix:///")]
    [InlineData("wake_emotions:0", "rage", "wake_emotions names rage; light-sernet-emodb-int8 knows anger, boredom, neutral")]
    [InlineData("connections", "0", "plugins.Wyoming.connections is wrong: it must be 1 to 1000.")]
    public async Task Wrong_settings_are_refused_with_a_sentence(string key, string value, string because)
    {
        var error = await Assert.ThrowsAsync<PluginException>(() => ServedPlugin.StartAsync((key, value)));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Dispose();
        _patience.Dispose();
    }
}
