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
    RoomEngine engine,
    SiloReporter reporter,
    ILogger<RoomKeeper> log) : BackgroundService
{
    private const int AtOnce = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>After this long all silos have the news that one of them has.</summary>
    public static readonly TimeSpan NewsLimit = Interval + TimeSpan.FromSeconds(1);

    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(8);

    private readonly SemaphoreSlim _changed = new(0);
    private FleetRooms _rooms = new();
    private volatile CancellationTokenSource? _round;
    private bool _isAdded = settings.Rooms.Count == 0;
    private bool _isAway;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watch = WatchAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            // A round ends when the silos change: calls may be waiting for one that has died.
            using (var round = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken))
            {
                _round = round;
                await KeepBooksAsync(round.Token).ConfigureAwait(false);
                await KeepRoomsAsync(round.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _round = null;
            }

            await _changed.WaitAsync(Interval, stoppingToken).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }

        await watch.ConfigureAwait(false);
    }

    /// <summary>Tells the fleet how this silo is, and hears of the others and of the rooms there are. Without it, what was known last holds.</summary>
    private async Task KeepBooksAsync(CancellationToken stop)
    {
        try
        {
            var books = grains.GetGrain<IFleetGrain>(0);
            if (!_isAdded)
            {
                await books.AddAsync(settings.Rooms).WaitAsync(CallLimit, stop).ConfigureAwait(false);
                _isAdded = true;
            }

            var news = await books.ReportAsync(reporter.Report()).WaitAsync(CallLimit, stop).ConfigureAwait(false);
            fleet.Take(news);
            if (news.RoomsVersion != _rooms.Version)
            {
                var before = _rooms;
                _rooms = await books.RoomsAsync().WaitAsync(CallLimit, stop).ConfigureAwait(false);
                fleet.Rooms = [.. _rooms.Rooms.Values];
                await EndRemovedAsync(before, stop).ConfigureAwait(false);
            }

            Say(null);
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // The silos have changed meanwhile, or this one ends.
        }
        catch (Exception error)
        {
            Say(error);
        }
    }

    /// <summary>Rooms that were taken out end where they are: each silo tells all, for a room that has ended does not mind.</summary>
    private async Task EndRemovedAsync(FleetRooms before, CancellationToken stop)
    {
        foreach (var room in before.Rooms.Keys.Where(room => !_rooms.Rooms.ContainsKey(room)))
        {
            await grains.GetGrain<IRoomGrain>(room).LeaveAsync().WaitAsync(CallLimit, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Whether this silo looks after a room: of all silos its hash with the room's name is the highest.</summary>
    internal static SiloAddress? KeeperOf(string room, IEnumerable<SiloAddress> silos) =>
        silos.MaxBy(silo => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{room}|{silo}"))));

    private async Task KeepRoomsAsync(CancellationToken stop)
    {
        var silos = membership.CurrentSnapshot.Members.Values.Where(member => member.Status == SiloStatus.Active).Select(member => member.SiloAddress).ToList();
        // A room that is well here needs no call, and one that is sent is where its sender is.
        var mine = _rooms.Rooms.Values.Where(room => !room.IsSent && !engine.Hears(room) && !fleet.IsResting(room.Name) && self.SiloAddress.Equals(KeeperOf(room.Name, silos)));
        await Parallel.ForEachAsync(mine, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, KeepAsync).ConfigureAwait(false);
    }

    private async ValueTask KeepAsync(RoomSpec room, CancellationToken stop)
    {
        try
        {
            await grains.GetGrain<IRoomGrain>(room.Name).FetchAsync(room).WaitAsync(CallLimit, stop).ConfigureAwait(false);
        }
        catch (Exception error) when (error is not OperationCanceledException || !stop.IsCancellationRequested)
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
                        EndRound();
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The silo ends.
        }
    }

    /// <summary>Calls that wait for a silo that has died are given up.</summary>
    private void EndRound()
    {
        try
        {
            _round?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It had ended.
        }
    }

    private void Say(Exception? error)
    {
        if (error is not null && !_isAway)
        {
            log.LogWarning("the cluster's book-keeping does not answer; rooms here go on ({Reason})", error.Message.Split('\n')[0]);
            log.LogDebug(error, "What did not answer");
        }
        else if (error is null && _isAway)
        {
            log.LogInformation("the cluster's book-keeping answers again");
        }

        _isAway = error is not null;
    }
}
