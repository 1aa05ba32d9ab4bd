using SernetStream.Cluster.Rooms;

namespace SernetStream.Cluster.Fleet;

/// <summary>What this silo knows of the load of all, for placing rooms: the last news, and what it has placed since.</summary>
internal sealed class FleetView
{
    private readonly Lock _gate = new();
    private volatile IReadOnlyList<RoomSpec> _rooms = [];
    private Dictionary<SiloAddress, Load> _loads = [];
    private HashSet<string> _resting = [];
    private HashSet<SiloAddress> _draining = [];

    /// <summary>The rooms that the cluster fetches, or listens for.</summary>
    public IReadOnlyList<RoomSpec> Rooms
    {
        get => _rooms;
        set => _rooms = value;
    }

    /// <summary>Takes the news.</summary>
    public void Take(FleetNews news)
    {
        lock (_gate)
        {
            _resting = [.. news.Resting];
            _draining = [.. news.Draining];
            _loads = news.Silos.ToDictionary(silo => silo.Address, silo => new Load { Rooms = silo.Rooms, Lag = silo.Lag });
        }
    }

    /// <summary>The silo with the fewest rooms among those that keep up; each choice counts as a room.</summary>
    public SiloAddress LeastBusy(SiloAddress[] silos)
    {
        lock (_gate)
        {
            var chosen = silos.OrderBy(_draining.Contains).ThenBy(silo => Of(silo).Lag > LoadRule.Behind).ThenBy(silo => Of(silo).Rooms).ThenBy(_ => Random.Shared.Next()).First();
            Of(chosen).Rooms++;
            return chosen;
        }
    }

    /// <summary>Whether a silo gave this room away, and none can take it yet.</summary>
    public bool IsResting(string room)
    {
        lock (_gate)
        {
            return _resting.Contains(room);
        }
    }

    /// <summary>Whether a silo gives all its rooms away, as before maintenance, and takes none.</summary>
    public bool IsDraining(SiloAddress silo)
    {
        lock (_gate)
        {
            return _draining.Contains(silo);
        }
    }

    /// <summary>How many rooms a silo has above its share of all rooms, rounded up.</summary>
    public int Surplus(SiloAddress self)
    {
        lock (_gate)
        {
            var takers = _loads.Where(silo => !_draining.Contains(silo.Key)).ToList();
            return takers.Count < 2 ? 0 : Of(self).Rooms - (int)Math.Ceiling((double)takers.Sum(silo => silo.Value.Rooms) / takers.Count);
        }
    }

    /// <summary>A silo has given a room away; the next news says where it is.</summary>
    public void CountGone(SiloAddress silo)
    {
        lock (_gate)
        {
            Of(silo).Rooms--;
        }
    }

    /// <summary>Whether a silo other than this one keeps up.</summary>
    public bool AnyOtherKeepsUp(SiloAddress self)
    {
        lock (_gate)
        {
            return _loads.Any(silo => !silo.Key.Equals(self) && !_draining.Contains(silo.Key) && silo.Value.Lag <= LoadRule.Behind / 2);
        }
    }

    private Load Of(SiloAddress silo)
    {
        if (!_loads.TryGetValue(silo, out var load))
        {
            _loads[silo] = load = new Load();
        }

        return load;
    }

    private sealed class Load
    {
        public int Rooms { get; set; }

        public double Lag { get; set; }
    }
}
