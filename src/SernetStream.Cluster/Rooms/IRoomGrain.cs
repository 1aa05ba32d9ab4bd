namespace SernetStream.Cluster.Rooms;

/// <summary>A room in the cluster: there is one of a name, on one silo.</summary>
[Alias("sernet.room")]
internal interface IRoomGrain : IGrainWithStringKey
{
    /// <summary>Hears the room's source, if it does not yet.</summary>
    /// <param name="spec">The room.</param>
    [Alias("Fetch")]
    Task FetchAsync(RoomSpec spec);

    /// <summary>
    /// Hears what a gateway gets, which must be of the same silo: if it is not, the room moves there. A room that is sent to a port stays
    /// while somebody sends it where it is.
    /// </summary>
    /// <param name="spec">The room.</param>
    /// <param name="gateway">The silo of the gateway.</param>
    /// <returns>Whether the room is on that silo, and hears the gateway; if not, it is worth asking again.</returns>
    [Alias("Attach")]
    Task<bool> AttachAsync(RoomSpec spec, SiloAddress gateway);

    /// <summary>Writes down what people have set about the room.</summary>
    [Alias("Keep")]
    Task KeepAsync();

    /// <summary>Ends on this silo; whoever needs the room begins it anew where it is to be.</summary>
    [Alias("Leave")]
    Task LeaveAsync();

    /// <summary>Nobody sends audio any more to what began with this number: the room ends, unless it has begun anew meanwhile, here or elsewhere.</summary>
    [Alias("Ended")]
    Task EndedAsync(long firstSequence);
}

/// <summary>What a room remembers wherever it is.</summary>
[GenerateSerializer]
[Alias("sernet.room-memory")]
internal sealed record RoomMemory
{
    /// <summary>The first sequence number that no activation has.</summary>
    [Id(0)]
    public long NextSequence { get; set; } = 1;

    /// <summary>
    /// How the voices there usually are, for a model that has a baseline: numbers of single precision, little-endian. As bytes it takes
    /// less than half of what it takes as text.
    /// </summary>
    [Id(1)]
    public byte[]? Baseline { get; set; }

    /// <summary>SHA-256 of the model whose baseline it is.</summary>
    [Id(2)]
    public string? BaselineOf { get; set; }

    /// <summary>How often the room has begun.</summary>
    [Id(3)]
    public long Beginnings { get; set; }

    /// <summary>What people have set.</summary>
    [Id(4)]
    public RoomWishes Wishes { get; set; } = new();
}
