using System.Diagnostics;
using SernetStream.Testing;

namespace SernetStream.Soak.Cluster;

/// <summary>How much rooms had learnt at a moment.</summary>
internal sealed class Learnt
{
    private readonly long _at = Stopwatch.GetTimestamp();
    private readonly Dictionary<string, double> _baselines = [];

    public TimeSpan Age => Stopwatch.GetElapsedTime(_at);

    /// <summary>What the rooms of these silos have learnt until now.</summary>
    public static async Task<Learnt> OfAsync(IReadOnlyList<ClusterSilo> silos)
    {
        var learnt = new Learnt();
        foreach (var silo in silos)
        {
            foreach (var room in await silo.RoomsAsync())
            {
                learnt._baselines[ClusterSoak.Name(room)] = room.GetProperty("baseline").GetDouble();
            }
        }

        return learnt;
    }

    /// <summary>Rooms that know less on these silos than they did at this moment, or are on none of them.</summary>
    /// <param name="rooms">Which rooms; those that were nowhere at the moment have nothing to lose.</param>
    /// <param name="silos">Where they may be.</param>
    /// <param name="patience">A room that is just moving to a silo with fewer is nowhere for a moment.</param>
    public async Task<IReadOnlyList<string>> NotKeptAsync(IEnumerable<string> rooms, IReadOnlyList<ClusterSilo> silos, TimeSpan patience)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var now = await OfAsync(silos);
            var less = rooms.Where(room => _baselines.TryGetValue(room, out var before) && !(now._baselines.TryGetValue(room, out var kept) && kept >= before)).ToList();
            if (less.Count == 0 || Stopwatch.GetElapsedTime(began) > patience)
            {
                return less;
            }

            await Task.Delay(200);
        }
    }
}
