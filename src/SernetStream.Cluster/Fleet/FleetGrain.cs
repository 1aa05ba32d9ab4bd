using SernetStream.Cluster.Rooms;

namespace SernetStream.Cluster.Fleet;

/// <summary>What is known of the whole cluster. There is one.</summary>
[Alias("sernet.fleet")]
internal interface IFleetGrain : IGrainWithIntegerKey
{
    /// <summary>Takes a silo's report.</summary>
    [Alias("Report")]
    Task<FleetNews> ReportAsync(SiloReport report);

    /// <summary>Adds rooms whose audio is fetched, or changes them.</summary>
    [Alias("Add")]
    Task AddAsync(IReadOnlyList<RoomSpec> rooms);

    /// <summary>Those rooms.</summary>
    [Alias("Rooms")]
    Task<FleetRooms> RoomsAsync();

    /// <summary>The last reports of the silos there are.</summary>
    [Alias("Silos")]
    Task<IReadOnlyList<SiloReport>> SilosAsync();
}

/// <inheritdoc/>
[KeepAlive]
internal sealed class FleetGrain(
    [PersistentState("fleet", SiloHost.Storage)] IPersistentState<FleetRooms> rooms, IClusterMembershipService membership) : Grain, IFleetGrain
{
    private readonly Dictionary<SiloAddress, SiloReport> _reports = [];

    public Task<FleetNews> ReportAsync(SiloReport report)
    {
        _reports[report.Address] = report;
        ForgetTheDead();
        return Task.FromResult(new FleetNews(
            [.. _reports.Values.Select(silo => new SiloLoad(silo.Address, silo.Rooms.Count, silo.Lag))],
            rooms.State.Version,
            [.. _reports.Values.SelectMany(silo => silo.Resting)]));
    }

    public async Task AddAsync(IReadOnlyList<RoomSpec> added)
    {
        var news = added.Where(room => !rooms.State.Rooms.TryGetValue(room.Name, out var known) || known != room).ToList();
        if (news.Count > 0)
        {
            news.ForEach(room => rooms.State.Rooms[room.Name] = room);
            rooms.State.Version++;
            await rooms.WriteStateAsync();
        }
    }

    public Task<FleetRooms> RoomsAsync() => Task.FromResult(rooms.State);

    public Task<IReadOnlyList<SiloReport>> SilosAsync()
    {
        ForgetTheDead();
        return Task.FromResult<IReadOnlyList<SiloReport>>([.. _reports.Values.OrderBy(silo => silo.Name, StringComparer.Ordinal)]);
    }

    private void ForgetTheDead()
    {
        var members = membership.CurrentSnapshot.Members;
        foreach (var silo in _reports.Keys.Where(silo => !members.TryGetValue(silo, out var member) || member.Status == SiloStatus.Dead).ToList())
        {
            _reports.Remove(silo);
        }
    }
}
