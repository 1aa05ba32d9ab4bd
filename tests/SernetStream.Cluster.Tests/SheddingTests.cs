using System.Globalization;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>A silo that has too little of the processor gives rooms away, whole, by the written rule, and says so.</summary>
[Trait("Category", "real-parts")]
[Trait("Category", "slow")]
public sealed class SheddingTests : IDisposable
{
    // Shorter than what makes the others suspect the silo.
    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(1.4);
    private static readonly TimeSpan Awake = TimeSpan.FromSeconds(0.6);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(180);
    private static readonly string[] FromTheLeastImportant = ["cellar", "attic", "hall", "ward"];
    private readonly TemporaryFolder _folder = new();

    [NeedsFact("redis-server")]
    public async Task It_gives_away_the_least_important_room_first_and_keeps_the_last()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var rooms = _folder.Write("rooms.json", JsonSerializer.Serialize(
            FromTheLeastImportant.Select((name, priority) => new { name, priority, source = "file:" + Repository.PathOf("samples", "spoken.flac") })));
        await using var silo = ClusterSilo.Start("one", redis.Address, ClusterSilo.WriteSecret(_folder, "secret", new string('s', 40)), "--rooms", rooms);
        await silo.JoinedAsync();
        foreach (var room in FromTheLeastImportant)
        {
            await silo.SaysAsync($"hearing {room}");
        }

        using (var over = new CancellationTokenSource())
        {
            var slow = SlowAsync(silo, over.Token);
            await silo.Process.ErrorLineAsync(line => line.Contains("gives attic away", StringComparison.Ordinal), Patience);
            await over.CancelAsync();
            await slow;
        }

        // Whole rooms, in this order, and each said with the reason and what becomes of it.
        var said = silo.Process.ErrorLines.Where(line => line.Contains("of its windows and gives", StringComparison.Ordinal)).Take(2).ToList();
        Assert.Contains("gives cellar away: no silo keeps up, so it rests for 60 s", said[0], StringComparison.Ordinal);
        Assert.Contains("gives attic away: no silo keeps up, so it rests for 60 s", said[1], StringComparison.Ordinal);

        // The most important one is heard all the time, and what rests is known to whoever asks.
        await HearsAsync(silo, "ward");
        Assert.DoesNotContain(silo.Process.ErrorLines, line => line.Contains("gives ward away", StringComparison.Ordinal));
        Assert.Equal(1, silo.Process.ErrorLines.Count(line => line.Contains("hearing ward", StringComparison.Ordinal)));
        var list = await ChildProcess.RunAsync(
            "dotnet", [ClusterSilo.Program, "rooms", "--at", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{silo.Port}")], patience: Patience);
        Assert.Equal(1, list.ExitCode);
        // Which of them that is depends on how long the list took: the first may be heard again.
        Assert.Contains(list.Output.Split('\n'), line => line.Contains("rests: no silo has time for it", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Lets a silo run for a third of the time only.</summary>
    private static async Task SlowAsync(ClusterSilo silo, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            silo.Process.Freeze();
            await Task.Delay(Frozen, CancellationToken.None);
            silo.Process.Thaw();
            await Task.Delay(Awake, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task HearsAsync(ClusterSilo silo, params string[] rooms)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (rooms.Except((await silo.RoomsAsync()).Where(room => room.GetProperty("cut").GetInt64() > 0).Select(room => room.GetProperty("name").GetString()!)).Any())
        {
            Assert.True(DateTime.UtcNow < deadline, $"{silo.Name} does not hear {string.Join(", ", rooms)}: {string.Join('\n', silo.Process.ErrorLines)}");
            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }
    }
}
