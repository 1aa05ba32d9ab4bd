using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SernetStream.Cluster.Fleet;

namespace SernetStream.Cluster.Rooms;

/// <summary>
/// Sees to it that the rooms whose audio the cluster fetches are heard somewhere. Each silo looks after its share of them, which
/// follows from the rooms' names and the silos there are; it looks every few seconds, and at once when a silo has come or gone.
/// </summary>
internal sealed class RoomKeeper(
    ClusterSettings settings,
    IGrainFactory grains,
    IClusterMembershipService membership,
    ILocalSiloDetails self,
    FleetView fleet,
    SiloReporter reporter,
    ILogger<RoomKeeper> log) : BackgroundService
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(8);

    private readonly SemaphoreSlim _changed = new(0);
    private FleetRooms _rooms = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watch = WatchAsync(stoppingToken);
        var isAdded = settings.Rooms.Count == 0;
        var wasAway = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var fleetGrain = grains.GetGrain<IFleetGrain>(0);
                if (!isAdded)
                {
                    await fleetGrain.AddAsync(settings.Rooms).WaitAsync(CallLimit, stoppingToken).ConfigureAwait(false);
                    isAdded = true;
                }

                var news = await fleetGrain.ReportAsync(reporter.Report()).WaitAsync(CallLimit, stoppingToken).ConfigureAwait(false);
                fleet.Take(news);
                if (news.RoomsVersion != _rooms.Version)
                {
                    _rooms = await fleetGrain.RoomsAsync().WaitAsync(CallLimit, stoppingToken).ConfigureAwait(false);
                }

                await KeepAsync(stoppingToken).ConfigureAwait(false);
                wasAway = Say(wasAway, null);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error)
            {
                wasAway = Say(wasAway, error);
            }

            await _changed.WaitAsync(Interval, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }

        await watch.ConfigureAwait(false);
    }

    /// <summary>Whether this silo looks after a room: of all silos its hash with the room's name is the highest.</summary>
    internal static SiloAddress? KeeperOf(string room, IEnumerable<SiloAddress> silos) =>
        silos.MaxBy(silo => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{room}|{silo}"))));

    private async Task KeepAsync(CancellationToken stop)
    {
        var silos = membership.CurrentSnapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress).ToList();
        var mine = _rooms.Rooms.Values.Where(room => self.SiloAddress.Equals(KeeperOf(room.Name, silos)) && !fleet.IsResting(room.Name));
        await Parallel.ForEachAsync(mine, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, KeepAsync).ConfigureAwait(false);
    }

    private async ValueTask KeepAsync(RoomSpec room, CancellationToken stop)
    {
        try
        {
            await grains.GetGrain<IRoomGrain>(room.Name).FetchAsync(room).WaitAsync(CallLimit, stop).ConfigureAwait(false);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            // Its silo may have died a moment ago, or Redis is away: the next time.
            log.LogDebug(error, "The room {Room} could not be reached", room.Name);
        }
    }

    private async Task WatchAsync(CancellationToken stop)
    {
        var known = new Dictionary<SiloAddress, SiloStatus>();
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stop).ConfigureAwait(false))
            {
                foreach (var member in snapshot.Members.Values.Where(member => known.GetValueOrDefault(member.SiloAddress) != member.Status))
                {
                    known[member.SiloAddress] = member.Status;
                    if (member.Status is SiloStatus.Active or SiloStatus.Dead)
                    {
                        log.LogInformation("the silo {Silo} at {Address} is {Status}", member.Name, member.SiloAddress.Endpoint, member.Status == SiloStatus.Dead ? "dead" : "active");
                        _changed.Release();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The silo ends.
        }
    }

    private bool Say(bool wasAway, Exception? error)
    {
        if (error is not null && !wasAway)
        {
            log.LogWarning("the cluster's book-keeping does not answer; rooms here go on ({Reason})", error.Message.Split('\n')[0]);
            log.LogDebug(error, "What did not answer");
        }
        else if (error is null && wasAway)
        {
            log.LogInformation("the cluster's book-keeping answers again");
        }

        return error is not null;
    }
}
