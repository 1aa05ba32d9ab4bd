using System.Globalization;
using System.Net;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>The commands of who keeps a cluster.</summary>
[Trait("Category", "real-parts")]
public sealed class OperatingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [NeedsFact("redis-server")]
    [Trait("Category", "slow")]
    public async Task A_silo_is_drained_before_maintenance_and_takes_rooms_again()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var rooms = _folder.Write("rooms.json", JsonSerializer.Serialize(
            Enumerable.Range(1, 4).Select(i => new { name = $"room{i}", source = "file:" + Repository.PathOf("samples", "spoken.flac") })));
        var secret = ClusterSilo.WriteSecret(_folder, "secret", new string('s', 40));
        await using var one = ClusterSilo.Start("one", redis.Address, secret, "--rooms", rooms, "--lag-limit", "100");
        await one.JoinedAsync();
        await HearsAsync(one, 4);
        await RefusedAsync(2, "No other silo is there to take the rooms of one", "drain", "one", "--at", At(one));
        await using var two = ClusterSilo.Start("two", redis.Address, secret, "--rooms", rooms, "--lag-limit", "100");
        await two.JoinedAsync();
        await RefusedAsync(2, "There is no silo called three; there are one, two", "drain", "three", "--at", At(one), until: true);

        var drained = await RunAsync("drain", "one", "--at", At(two));
        Assert.Equal((0, ""), (drained.ExitCode, drained.Errors));
        Assert.Contains("one has no rooms, and takes none", drained.Output, StringComparison.Ordinal);
        await HearsAsync(two, 4);
        var status = await RunAsync("status", "--at", At(one));
        Assert.Equal(0, status.ExitCode);
        Assert.Contains(status.Output.Split('\n'), line => line.StartsWith("one ", StringComparison.Ordinal) && line.EndsWith("drained", StringComparison.Ordinal));
        Assert.Contains(status.Output.Split('\n'), line => line.StartsWith("two ", StringComparison.Ordinal) && line.EndsWith("well", StringComparison.Ordinal));
        var list = await RunAsync("rooms", "--at", At(one));
        Assert.Equal(4, list.Output.Split('\n').Count(line => line.StartsWith("room", StringComparison.Ordinal) && line.Contains(" two ", StringComparison.Ordinal)));
        using (var http = new HttpClient())
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync(two.PageOf("/rooms/hall"))).StatusCode);
        }

        Assert.Equal(0, (await RunAsync("drain", "one", "--undo", "--at", At(one))).ExitCode);
        await HearsAsync(one, 1);
        foreach (var room in (string[])["room1", "room2", "room3", "room4"])
        {
            Assert.Equal(0, (await RunAsync("remove", room, "--at", At(one))).ExitCode);
        }

        await HearsAsync(one, 0);
        await HearsAsync(two, 0);
        await RefusedAsync(2, "The cluster fetches no room called room4", "remove", "room4", "--at", At(two));
    }

    [Fact]
    public async Task Where_no_silo_is_it_says_so()
    {
        await RefusedAsync(4, "name one that runs by --at", "status", "--at", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Loopback.FreePort()}"));
        await RefusedAsync(2, "it must be HOST:PORT", "rooms", "--at", "ftp://somewhere");
    }

    [NeedsFact("redis-server", "mosquitto")]
    public async Task Check_says_what_would_keep_a_silo_out()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var broker = await MosquittoBroker.StartNewAsync();
        var right = ClusterSilo.WriteSecret(_folder, "secret", new string('s', 40));
        IReadOnlyList<string> Options(string where, string secret, int port) =>
            ["check", .. ClusterSilo.Arguments("one", where, secret, Loopback.FreePort(), "--mqtt", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"))];
        var well = await RunAsync([.. Options(redis.Address, right, broker.Port)]);
        Assert.True(well.ExitCode == 0, well.Output + well.Errors);
        Assert.EndsWith("All is well.", well.Output, StringComparison.Ordinal);
        Assert.Contains("No silo has joined sernet yet", well.Output, StringComparison.Ordinal);

        await using (var silo = ClusterSilo.Start("one", redis.Address, right))
        {
            await silo.JoinedAsync();
        }

        var stranger = await RunAsync([.. Options(redis.Address, ClusterSilo.WriteSecret(_folder, "other", new string('o', 40)), broker.Port)]);
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("The silos of sernet have another secret.", stranger.Output, StringComparison.Ordinal);
        var alone = await RunAsync([.. Options($"127.0.0.1:{Loopback.FreePort()}", right, Loopback.FreePort())]);
        Assert.Equal(1, alone.ExitCode);
        Assert.Contains("does not answer.", alone.Output, StringComparison.Ordinal);
        Assert.Contains("There is no MQTT broker", alone.Output, StringComparison.Ordinal);
        Assert.Contains("2 faults", alone.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string At(ClusterSilo silo) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{silo.Port}");

    private static Task<ChildResult> RunAsync(params string[] arguments) =>
        ChildProcess.RunAsync("dotnet", [ClusterSilo.Program, .. arguments], patience: TimeSpan.FromSeconds(120));

    /// <summary>A command is refused; <paramref name="until"/> what it says of the silos is true, for news takes a moment.</summary>
    private static async Task RefusedAsync(int code, string sentence, string command, string what, string at, string where, bool until = false)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(60);
        ChildResult result;
        do
        {
            result = await RunAsync(command, what, at, where);
        }
        while (until && !result.Errors.Contains(sentence, StringComparison.Ordinal) && DateTime.UtcNow < deadline);
        Assert.Equal(code, result.ExitCode);
        Assert.Contains(sentence, result.Errors, StringComparison.Ordinal);
        Assert.Single(result.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task RefusedAsync(int code, string sentence, string command, string at, string where)
    {
        var result = await RunAsync(command, at, where);
        Assert.Equal(code, result.ExitCode);
        Assert.Contains(sentence, result.Errors, StringComparison.Ordinal);
    }

    private static async Task HearsAsync(ClusterSilo silo, int rooms)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(120);
        int heard;
        while ((heard = (await silo.RoomsAsync()).Count(room => rooms == 0 || room.GetProperty("audioSeconds").GetDouble() > 0)) < rooms || (rooms == 0 && heard > 0))
        {
            Assert.True(DateTime.UtcNow < deadline, $"{silo.Name} hears {heard} rooms, not {rooms}: {string.Join('\n', silo.Process.ErrorLines)}");
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }
}
