using System.Collections.Concurrent;
using System.Diagnostics;
using SernetStream.Cluster.Rooms;

namespace SernetStream.Cluster.Fleet;

/// <summary>Measures this silo, and gives rooms away when it cannot keep up (<see cref="LoadRule"/>).</summary>
internal sealed class SiloReporter(
    ClusterSettings settings, RoomEngine engine, IGrainFactory grains, FleetView fleet, ILocalSiloDetails self, ILogger<SiloReporter> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Queue<(long At, long Cut, long Missed)> _windows = new();
    private readonly ConcurrentDictionary<string, long> _resting = new();
    private readonly ConcurrentDictionary<string, long> _givenAway = new();
    private double _processor;
    private double _lag;
    private long _shed;
    private long _lastShed;
    private long _drainsSince;

    /// <summary>How this silo is doing.</summary>
    public SiloReport Report() => new(
        settings.Silo, self.SiloAddress, $"http://{settings.Listen}/", Volatile.Read(ref _processor), Environment.ProcessorCount,
        Environment.WorkingSet, Volatile.Read(ref _lag), Interlocked.Read(ref _shed), [.. engine.Runs.Select(run => run.Report())], [.. _resting.Keys],
        fleet.IsDraining(self.SiloAddress));

    /// <summary>Whether this silo gave a room away a moment ago, because it did not keep up: it does not take it back at once.</summary>
    public bool HasGivenAway(string room) => _givenAway.ContainsKey(room);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (before, at) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var (now, elapsed) = (Environment.CpuUsage.TotalTime, Stopwatch.GetElapsedTime(at));
            Volatile.Write(ref _processor, (now - before) / elapsed);
            (before, at) = (now, Stopwatch.GetTimestamp());
            MeasureLag(at);
            ForgetRested(_resting);
            ForgetRested(_givenAway);

            _drainsSince = !fleet.IsDraining(self.SiloAddress) ? 0 : _drainsSince == 0 ? at : _drainsSince;
            if (_drainsSince != 0)
            {
                await DrainAsync().ConfigureAwait(false);
            }
            else if (_lag > settings.LagLimit && settings.LagLimit < 1 && (_lastShed == 0 || Stopwatch.GetElapsedTime(_lastShed) > LoadRule.Pause))
            {
                await ShedAsync().ConfigureAwait(false);
            }
            else if (fleet.Surplus(self.SiloAddress) >= LoadRule.Uneven)
            {
                await EvenOutAsync().ConfigureAwait(false);
            }
        }
    }

    private static void ForgetRested(ConcurrentDictionary<string, long> rooms)
    {
        foreach (var room in rooms.Where(room => Stopwatch.GetElapsedTime(room.Value) > LoadRule.Rest))
        {
            rooms.TryRemove(room);
        }
    }

    private void MeasureLag(long now)
    {
        var totals = engine.Runs.Select(run => run.Totals).Aggregate(default(RoomTotals), (sum, room) => sum + room);
        _windows.Enqueue((now, totals.Cut, totals.Skipped + totals.Late));
        while (_windows.Count > 1 && Stopwatch.GetElapsedTime(_windows.Peek().At, now) > LoadRule.Period)
        {
            _windows.Dequeue();
        }

        var (_, cut, missed) = _windows.Peek();
        var windows = totals.Cut - cut;
        Volatile.Write(ref _lag, windows < LoadRule.FewestWindows ? 0 : Math.Clamp((double)(totals.Skipped + totals.Late - missed) / windows, 0, 1));
    }

    private async Task ShedAsync()
    {
        var room = LoadRule.Next([.. engine.Runs.Select(run => (run.Spec.Name, run.Spec.Priority, run.Began))]);
        if (room is null)
        {
            return;
        }

        _lastShed = Stopwatch.GetTimestamp();
        _windows.Clear();
        Interlocked.Increment(ref _shed);
        var isTaken = fleet.AnyOtherKeepsUp(self.SiloAddress);
        log.LogWarning(
            "this silo misses {Share:0}% of its windows and gives {Room} away: {Where}",
            100 * _lag, room, isTaken ? "another silo has room for it" : $"no silo keeps up, so it rests for {LoadRule.Rest.TotalSeconds:0} s");
        _givenAway[room] = Stopwatch.GetTimestamp();
        if (!isTaken)
        {
            _resting[room] = Stopwatch.GetTimestamp();
        }

        // Else this silo would soon give another away, because it seems to have more than its share.
        fleet.CountGone(self.SiloAddress);
        await GiveAwayAsync(room, beginsElsewhere: isTaken).ConfigureAwait(false);
    }

    private async Task EvenOutAsync()
    {
        var fetched = engine.Runs.Where(run => !run.Spec.IsSent).Select(run => (run.Spec.Name, run.Spec.Priority, run.Began)).ToList();
        if (LoadRule.Next(fetched) is { } room)
        {
            log.LogInformation("this silo has more than its share of the rooms, and gives {Room} away", room);
            fleet.CountGone(self.SiloAddress);
            await GiveAwayAsync(room, beginsElsewhere: true).ConfigureAwait(false);
        }
    }

    /// <summary>Gives all rooms away. Those that somebody sends follow their senders, whom this silo takes no more.</summary>
    private async Task DrainAsync()
    {
        // Others that do not know yet would give them back.
        var rooms = engine.Runs.Select(run => run.Spec.Name).ToList();
        if (rooms.Count > 0 && Stopwatch.GetElapsedTime(_drainsSince) > RoomKeeper.NewsLimit)
        {
            log.LogInformation("this silo is drained, and gives {Count} rooms away", rooms.Count);
            await Task.WhenAll(rooms.Select(room => GiveAwayAsync(room, beginsElsewhere: true))).ConfigureAwait(false);
        }
    }

    private async Task GiveAwayAsync(string room, bool beginsElsewhere)
    {
        var spec = engine.Runs.FirstOrDefault(run => run.Spec.Name == room)?.Spec;
        try
        {
            var grain = grains.GetGrain<IRoomGrain>(room);
            await grain.LeaveAsync().ConfigureAwait(false);
            if (beginsElsewhere && spec is { IsSent: false })
            {
                await grain.FetchAsync(spec).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            log.LogDebug(error, "The room {Room} could not be given away", room);
        }
    }
}
