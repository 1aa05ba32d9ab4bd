using Orleans.Placement;
using Orleans.Runtime.Placement;
using SernetStream.Cluster.Fleet;

namespace SernetStream.Cluster.Rooms;

/// <summary>Where a room goes: to the silo that its audio arrives at, or, if the cluster fetches it, to the least busy one.</summary>
[Serializable]
[GenerateSerializer]
[Immutable]
[SuppressReferenceTracking]
[Alias("sernet.room-placement")]
internal sealed class RoomPlacement : PlacementStrategy
{
}

/// <summary>Marks a grain that is placed so.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RoomPlacementAttribute() : PlacementAttribute(new RoomPlacement());

/// <summary>Decides it.</summary>
internal sealed class RoomDirector(FleetView fleet) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        return Task.FromResult(IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) ?? fleet.LeastBusy(silos));
    }

    /// <summary>From here on, calls of this flow place a room that is nowhere yet on this silo.</summary>
    public static void PlaceAt(SiloAddress silo) => RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
}
