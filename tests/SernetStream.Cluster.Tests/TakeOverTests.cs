using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>Three silos with a real Redis and a real broker; one of them is killed.</summary>
[Trait("Category", "real-parts")]
[Trait("Category", "slow")]
public sealed class TakeOverTests : IDisposable
{
    private const int RoomCount = 6;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly TemporaryFolder _folder = new();

    [NeedsFact("redis-server", "mosquitto", "mosquitto_sub")]
    public async Task Rooms_of_a_silo_that_is_killed_are_heard_on_others_and_no_event_comes_twice()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var subscriber = await broker.SubscribeAsync("sernet/+/event");
        var names = Enumerable.Range(1, RoomCount).Select(i => $"room{i}").ToList();
        var rooms = _folder.Write("rooms.json", JsonSerializer.Serialize(
            names.Select(name => new { name, source = "file:" + Repository.PathOf("samples", "spoken.flac"), learn = true })));
        var secret = ClusterSilo.WriteSecret(_folder, "secret", new string('s', 40));
        var silos = Enumerable.Range(1, 3)
            .Select(i => ClusterSilo.Start($"silo{i}", redis.Address, secret, "--rooms", rooms, "--lag-limit", "100", "--mqtt", $"127.0.0.1:{broker.Port}")).ToList();
        try
        {
            await Task.WhenAll(silos.Select(silo => silo.JoinedAsync()));
            foreach (var name in names)
            {
                await FirstAsync(silos, async silo => (await silo.RoomsAsync()).Any(report => IsHeard(report, name)));
            }

            // One that has rooms.
            var victim = await FirstAsync(silos, async silo => (await silo.RoomsAsync()).Count > 0);
            var theirs = (await victim.RoomsAsync()).Select(room => room.GetProperty("name").GetString()!).ToList();
            victim.Process.Kill();
            var survivors = silos.Where(silo => silo != victim).ToList();
            await survivors[0].SaysAsync("is dead");
            foreach (var room in theirs)
            {
                var heard = await FirstAsync(survivors, async silo => (await silo.RoomsAsync()).Any(report => IsHeard(report, room)));
                Assert.NotNull(heard);
            }

            foreach (var survivor in survivors)
            {
                survivor.Process.Terminate();
                Assert.Equal(0, (await survivor.Process.ExitAsync()).ExitCode);
                Assert.DoesNotContain(survivor.Process.ErrorLines, line => line.Contains("is wrong:", StringComparison.Ordinal));
            }

            var events = subscriber.Messages.Select(message => JsonDocument.Parse(message.Payload).RootElement)
                .Select(e => (e.GetProperty("node").GetString(), e.GetProperty("sequence").GetInt64())).ToList();
            Assert.Equal(events.Count, events.Distinct().Count());
        }
        finally
        {
            foreach (var silo in silos)
            {
                await silo.DisposeAsync();
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private static bool IsHeard(JsonElement report, string room) =>
        report.GetProperty("name").GetString() == room && report.GetProperty("cut").GetInt64() > 0;

    private static async Task<ClusterSilo> FirstAsync(IReadOnlyList<ClusterSilo> silos, Func<ClusterSilo, Task<bool>> fits)
    {
        var deadline = DateTime.UtcNow + Patience;
        while (DateTime.UtcNow < deadline)
        {
            foreach (var silo in silos)
            {
                if (await fits(silo))
                {
                    return silo;
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200));
        }

        throw new TimeoutException($"No silo did in time. {string.Join('\n', silos.SelectMany(silo => silo.Process.ErrorLines))}");
    }
}
