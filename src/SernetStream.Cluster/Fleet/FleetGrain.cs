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

    /// <summary>Takes rooms out that the cluster fetches.</summary>
    /// <returns>Whether there was one.</returns>
    [Alias("Remove")]
    Task<bool> RemoveAsync(string room);

    /// <summary>Has a silo give all its rooms away and take none, or has it take some again.</summary>
    /// <returns>Why that is not done, in a sentence; null: it is.</returns>
    [Alias("Drain")]
    Task<string?> DrainAsync(string silo, bool drains);

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
    private readonly HashSet<SiloAddress> _draining = [];

    public Task<FleetNews> ReportAsync(SiloReport report)
    {
        if (_reports.TryAdd(report.Address, report) && report.Drains)
        {
            // These books are new: the silo knows.
            _draining.Add(report.Address);
        }

        _reports[report.Address] = report;
        ForgetTheDead();
        return Task.FromResult(new FleetNews(
            [.. _reports.Values.Select(silo => new SiloLoad(silo.Address, silo.Rooms.Count, silo.Lag))],
            rooms.State.Version,
            [.. _reports.Values.SelectMany(silo => silo.Resting)],
            [.. _draining]));
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

    public async Task<bool> RemoveAsync(string room)
    {
        if (!rooms.State.Rooms.Remove(room))
        {
            return false;
        }

        rooms.State.Version++;
        await rooms.WriteStateAsync();
        return true;
    }

    public Task<string?> DrainAsync(string silo, bool drains)
    {
        ForgetTheDead();
        var meant = _reports.Values.Where(report => report.Name == silo).Select(report => report.Address).ToList();
        if (meant.Count == 0)
        {
            return Task.FromResult<string?>($"There is no silo called {silo}; there are {string.Join(", ", _reports.Values.Select(report => report.Name).Order(StringComparer.Ordinal))}.");
        }

        if (drains && !_reports.Keys.Except(_draining).Except(meant).Any())
        {
            return Task.FromResult<string?>($"No other silo is there to take the rooms of {silo}.");
        }

        meant.ForEach(address => _ = drains ? _draining.Add(address) : _draining.Remove(address));
        return Task.FromResult<string?>(null);
    }

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
            _draining.Remove(silo);
        }
    }
}
