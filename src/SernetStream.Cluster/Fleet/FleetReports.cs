using SernetStream.Cluster.Rooms;

namespace SernetStream.Cluster.Fleet;

/// <summary>How a room is doing.</summary>
[GenerateSerializer]
[Alias("sernet.room-report")]
internal sealed record RoomReport(
    [property: Id(0)] string Name,
    [property: Id(1)] string Source,
    [property: Id(2)] long FirstSequence,
    [property: Id(3)] long Cut,
    [property: Id(4)] long Classified,
    [property: Id(5)] long Skipped,
    [property: Id(6)] long Late,
    [property: Id(7)] long Failed,
    [property: Id(8)] long Finals,
    [property: Id(9)] long Changes,
    [property: Id(10)] long Events,
    [property: Id(11)] double LatencyP99Ms,
    [property: Id(12)] double LostMs,
    [property: Id(13)] double AudioSeconds,
    [property: Id(14)] long Utterances,
    [property: Id(15)] float Baseline,
    [property: Id(16)] string? Fault,
    [property: Id(17)] long Withheld);

/// <summary>How a silo is doing.</summary>
[GenerateSerializer]
[Alias("sernet.silo-report")]
internal sealed record SiloReport(
    [property: Id(0)] string Name,
    [property: Id(1)] SiloAddress Address,
    [property: Id(2)] string Page,
    [property: Id(3)] double Processor,
    [property: Id(4)] int Cores,
    [property: Id(5)] long MemoryBytes,
    [property: Id(6)] double Lag,
    [property: Id(7)] long Shed,
    [property: Id(8)] IReadOnlyList<RoomReport> Rooms,
    [property: Id(9)] IReadOnlyList<string> Resting,
    [property: Id(10)] bool Drains = false);

/// <summary>What the placement of rooms needs of a silo.</summary>
[GenerateSerializer]
[Alias("sernet.silo-load")]
internal readonly record struct SiloLoad([property: Id(0)] SiloAddress Address, [property: Id(1)] int Rooms, [property: Id(2)] double Lag);

/// <summary>What each silo needs of the fleet.</summary>
[GenerateSerializer]
[Alias("sernet.fleet-news")]
internal sealed record FleetNews(
    [property: Id(0)] IReadOnlyList<SiloLoad> Silos, [property: Id(1)] long RoomsVersion, [property: Id(2)] IReadOnlyList<string> Resting,
    [property: Id(3)] IReadOnlyList<SiloAddress> Draining);

/// <summary>The rooms whose audio the cluster fetches, or listens for.</summary>
[GenerateSerializer]
[Alias("sernet.fleet-rooms")]
internal sealed record FleetRooms
{
    /// <summary>Changes with every change of the rooms.</summary>
    [Id(0)]
    public long Version { get; set; }

    /// <summary>The rooms by their names.</summary>
    [Id(1)]
    public Dictionary<string, RoomSpec> Rooms { get; set; } = [];
}
