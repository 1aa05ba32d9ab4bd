using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>Audio comes in at any silo, and a room is where its audio comes in: real senders, silos, Redis and broker.</summary>
[Trait("Category", "real-parts")]
[Trait("Category", "slow")]
public sealed class GatewayTests : IDisposable
{
    private const string Room = "kitchen";
    private const string First = "127.0.0.1";
    private const string Second = "127.0.0.2";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>A moved sender is heard after little more than a second; a machine that does much else may take longer.</summary>
    private static readonly TimeSpan MoveLimit = TimeSpan.FromSeconds(15);

    private readonly TemporaryFolder _folder = new();
    private readonly int _port = Loopback.FreePort();

    [NeedsTheory("redis-server", "mosquitto", "mosquitto_sub", RoomSender.NeedsFfmpeg, RoomSender.NeedsPython)]
    [InlineData("rtp")]
    [InlineData("tcp")]
    [InlineData("wyoming")]
    public async Task A_room_is_where_its_sender_sends_and_follows_it_with_what_it_has_learnt(string kind)
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var heard = await broker.SubscribeAsync("sernet/+/event");
        var options = Options(RoomSender.SourceOf(kind, _port), "--mqtt", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{broker.Port}"));
        await using var one = ClusterSilo.Start("one", redis.Address, Secret, [.. options, "--gateway", First]);
        await using var two = ClusterSilo.Start("two", redis.Address, Secret, [.. options, "--gateway", Second]);
        await ListenAsync(one, two);
        Assert.Empty(await one.RoomsAsync());

        double learnt;
        await using (var sender = RoomSender.Start(kind, First, _port))
        {
            await IsHeardAsync(one, Patience);
            await heard.MessageAsync(message => message.Payload.Contains("\"final\"", StringComparison.Ordinal));
            Assert.Equal("sent", (await RoomAsync(one))!.Value.GetProperty("source").GetString());
            Assert.Null(await RoomAsync(two));
            learnt = await LearntAsync(one);
        }

        foreach (var (host, there, before) in new[] { (Second, two, one), (First, one, two) })
        {
            var last = heard.Messages.Max(message => Sequence(message.Payload));
            await using var sender = RoomSender.Start(kind, host, _port);
            await IsHeardAsync(there, MoveLimit);
            Assert.Null(await RoomAsync(before));
            var now = (await RoomAsync(there))!.Value;
            Assert.True(now.GetProperty("baseline").GetDouble() >= learnt);
            Assert.True(now.GetProperty("firstSequence").GetInt64() > last);
            await heard.MessageAsync(message => Sequence(message.Payload) > now.GetProperty("firstSequence").GetInt64());
        }

        // It never began where it did not stay.
        Assert.Equal(2, one.Process.ErrorLines.Count(line => line.Contains($"hearing {Room}", StringComparison.Ordinal)));
        Assert.Equal(1, two.Process.ErrorLines.Count(line => line.Contains($"hearing {Room}", StringComparison.Ordinal)));
        var numbers = heard.Messages.Select(message => Sequence(message.Payload)).ToList();
        Assert.Equal(numbers.Count, numbers.Distinct().Count());
        await EndsAsync(one, two);
    }

    [NeedsFact("redis-server")]
    public async Task A_room_that_is_sent_over_a_WebSocket_goes_at_once_where_it_is_sent()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var one = ClusterSilo.Start("one", redis.Address, Secret, "--lag-limit", "100");
        await using var two = ClusterSilo.Start("two", redis.Address, Secret, "--lag-limit", "100");
        await one.JoinedAsync();
        await two.JoinedAsync();
        using var first = await SendAsync(one);
        await IsHeardAsync(one, Patience);
        using var second = await SendAsync(two);
        await IsHeardAsync(two, MoveLimit);
        Assert.Null(await RoomAsync(one));
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, await first.Closed.WaitAsync(Patience));
        await second.StopAsync();
        Assert.Equal(WebSocketCloseStatus.NormalClosure, await second.Closed.WaitAsync(Patience));
        Assert.Equal(1, one.Process.ErrorLines.Count(line => line.Contains($"hearing {Room}", StringComparison.Ordinal)));
        await EndsAsync(one, two);

        async Task<WebSocketSender> SendAsync(ClusterSilo silo)
        {
            var socket = new ClientWebSocket();
            await socket.ConnectAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{silo.Port}/rooms/{Room}?learn=1")), CancellationToken.None);
            return new WebSocketSender(socket);
        }
    }

    [NeedsFact("redis-server", RoomSender.NeedsFfmpeg, CountingSender.Needs)]
    public async Task While_one_sends_another_waits_and_a_stranger_is_turned_away_and_named()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var options = Options(RoomSender.SourceOf("udp", _port, "127.0.0.1"));
        await using var one = ClusterSilo.Start("one", redis.Address, Secret, [.. options, "--gateway", First]);
        await using var two = ClusterSilo.Start("two", redis.Address, Secret, [.. options, "--gateway", Second]);
        await ListenAsync(one, two);
        await using (CountingSender.Start("udp", _port, from: "127.0.0.9"))
        {
            await one.SaysAsync("what 127.0.0.9 sends is left out: the address is not in from=");
            Assert.Empty(await one.RoomsAsync());
        }

        await using var second = await SecondAfterFirstAsync();
        await IsHeardAsync(two, Patience);
        Assert.Equal(1, two.Process.ErrorLines.Count(line => line.Contains($"hearing {Room}", StringComparison.Ordinal)));
        Assert.Equal(1, one.Process.ErrorLines.Count(line => line.Contains($"hearing {Room}", StringComparison.Ordinal)));

        async Task<RoomSender> SecondAfterFirstAsync()
        {
            await using var first = RoomSender.Start("udp", First, _port);
            await IsHeardAsync(one, Patience);
            var waiting = RoomSender.Start("udp", Second, _port);
            await two.SaysAsync($"{Room} is heard elsewhere");
            Assert.Null(await RoomAsync(two));
            return waiting;
        }
    }

    [NeedsFact("redis-server", RoomSender.NeedsFfmpeg)]
    public async Task A_silo_that_is_drained_or_stopped_gives_its_senders_up()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var options = Options(RoomSender.SourceOf("tcp", _port));
        await using var one = ClusterSilo.Start("one", redis.Address, Secret, [.. options, "--gateway", First]);
        await using var two = ClusterSilo.Start("two", redis.Address, Secret, [.. options, "--gateway", Second]);
        await ListenAsync(one, two);
        await using var sender = RoomSender.Start("tcp", First, _port);
        await IsHeardAsync(one, Patience);
        var drained = await ChildProcess.RunAsync(
            "dotnet", [ClusterSilo.Program, "drain", "one", "--at", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{two.Port}")], patience: Patience);
        Assert.Equal((0, ""), (drained.ExitCode, drained.Errors));

        // ffmpeg cannot write any more, and nobody else can connect.
        await sender.Child.ExitAsync(Patience);
        await Assert.ThrowsAsync<SocketException>(() => new TcpClient().ConnectAsync(First, _port));
        await using var other = RoomSender.Start("tcp", Second, _port);
        await IsHeardAsync(two, MoveLimit);
        await EndsAsync(one, two);
        await other.Child.ExitAsync(Patience);
    }

    [NeedsFact("redis-server")]
    public async Task A_port_that_another_silo_of_the_machine_has_is_said()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var options = Options(RoomSender.SourceOf("rtp", _port));
        await using var one = ClusterSilo.Start("one", redis.Address, Secret, options);
        await ListenAsync(one);
        await using var two = ClusterSilo.Start("two", redis.Address, Secret, options);
        await two.SaysAsync("another program has this port");
        await two.SaysAsync("give each silo an address of its own by --gateway");
        await using var three = ClusterSilo.Start("three", redis.Address, Secret, [.. options, "--gateway", "off"]);
        await three.JoinedAsync();
        await EndsAsync(one);
        await two.SaysAsync($"listening for {Room} at rtp://0.0.0.0:{_port} again");
        Assert.DoesNotContain(three.Process.ErrorLines, line => line.Contains("listening for", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private string Secret => ClusterSilo.WriteSecret(_folder, "secret", new string('s', 40));

    private string[] Options(string source, params string[] more) =>
    [
        "--rooms", _folder.Write("rooms.json", JsonSerializer.Serialize(new[] { new { name = Room, source, learn = true } })), "--lag-limit", "100", .. more,
    ];

    private static async Task ListenAsync(params ClusterSilo[] silos)
    {
        foreach (var silo in silos)
        {
            await silo.JoinedAsync();
            await silo.SaysAsync("listening for the senders of 1 rooms");
        }
    }

    private static async Task EndsAsync(params ClusterSilo[] silos)
    {
        foreach (var silo in silos)
        {
            silo.Process.Terminate();
            Assert.Equal(0, (await silo.Process.ExitAsync()).ExitCode);
        }
    }

    private static long Sequence(string payload) => JsonDocument.Parse(payload).RootElement.GetProperty("sequence").GetInt64();

    private static async Task<JsonElement?> RoomAsync(ClusterSilo silo)
    {
        var rooms = (await silo.RoomsAsync()).Where(room => room.GetProperty("name").GetString() == Room).ToList();
        return rooms.Count == 0 ? null : rooms[0];
    }

    /// <summary>How much the room has learnt, once it has learnt something.</summary>
    private static async Task<double> LearntAsync(ClusterSilo silo)
    {
        var began = Stopwatch.GetTimestamp();
        double learnt;
        while ((learnt = (await RoomAsync(silo))!.Value.GetProperty("baseline").GetDouble()) == 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"{silo.Name} learns nothing");
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }

        return learnt;
    }

    private static async Task IsHeardAsync(ClusterSilo silo, TimeSpan limit)
    {
        var began = Stopwatch.GetTimestamp();
        while (await RoomAsync(silo) is not { } room || room.GetProperty("audioSeconds").GetDouble() == 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < limit, $"{silo.Name} does not hear the room after {limit}: {string.Join('\n', silo.Process.ErrorLines)}");
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
    }
}
