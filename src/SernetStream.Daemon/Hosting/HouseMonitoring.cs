using SernetStream.Configuration;
using SernetStream.Pipeline.Rooms;
using SernetStream.Publishing;
using SernetStream.Web;
using SernetStream.Web.Dashboard;
using SernetStream.Web.Health;
using SernetStream.Web.Metrics;

namespace SernetStream.Daemon.Hosting;

/// <summary>
/// Those who watch a house without touching it. The service manager's watchdog is pinged as long as rooms are stepped; each room's
/// microphone is looked at; the dashboard shows all rooms.
/// </summary>
internal sealed class HouseMonitoring : INodeCondition, IAsyncDisposable
{
    /// <summary>Every room is stepped twice a second, if any is.</summary>
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly RoomScheduler _scheduler;
    private readonly Func<IReadOnlyList<NodeView?>> _rooms;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly SystemdNotifier _systemd = new(Environment.GetEnvironmentVariable);
    private readonly Dictionary<NodeView, HealthMonitor> _monitors = new(ReferenceEqualityComparer.Instance);
    private readonly IDisposable? _export;
    private readonly PrometheusText? _metrics;
    private DashboardServer? _dashboard;
    private Task _watching = Task.CompletedTask;

    private HouseMonitoring(SettingValues settings, RoomScheduler scheduler, Func<IReadOnlyList<NodeView?>> rooms, bool hasWeb, ILoggerFactory loggers)
    {
        (_scheduler, _rooms, _log) = (scheduler, rooms, loggers.CreateLogger("health"));
        _export = OtlpExport.Start(settings);
        _metrics = hasWeb ? new PrometheusText() : null;
    }

    /// <inheritdoc/>
    public bool IsLive => Stuck is null;

    /// <inheritdoc/>
    public bool IsReady => IsLive && Microphone is not MicrophoneState.Dead && _rooms().All(room => room is { Counters.SamplesIn: > 0 });

    /// <inheritdoc/>
    public string? Stuck => _scheduler.Rooms == 0 || _scheduler.SinceLastStep < StuckAfter
        ? null
        : $"no room has been stepped for {StuckAfter.TotalSeconds:0} s";

    /// <inheritdoc/>
    public MicrophoneState? Microphone
    {
        get
        {
            var states = _rooms().Select(room => room?.Microphone?.State).OfType<MicrophoneState>().ToHashSet();
            return states.Count == 0 ? null
                : states.Contains(MicrophoneState.Dead) ? MicrophoneState.Dead
                : states.Contains(MicrophoneState.Muted) ? MicrophoneState.Muted
                : MicrophoneState.Works;
        }
    }

    /// <inheritdoc/>
    public bool? IsBrokerConnected => _rooms().OfType<NodeView>().FirstOrDefault()?.Mqtt?.IsConnected;

    /// <summary>Begins to watch.</summary>
    /// <param name="settings">The settings of the house.</param>
    /// <param name="scheduler">Steps the rooms.</param>
    /// <param name="rooms">The rooms as they are; null: one that was not heard yet.</param>
    /// <param name="web">How the dashboard is served; null: it is not.</param>
    /// <param name="shown">What it shows.</param>
    /// <param name="loggers">Makes the logs.</param>
    /// <exception cref="CommandException">The dashboard cannot be served.</exception>
    public static async Task<HouseMonitoring> StartAsync(
        SettingValues settings,
        RoomScheduler scheduler,
        Func<IReadOnlyList<NodeView?>> rooms,
        WebOptions? web,
        DashboardRooms shown,
        ILoggerFactory loggers)
    {
        var monitoring = new HouseMonitoring(settings, scheduler, rooms, web is not null, loggers);
        try
        {
            if (web is not null)
            {
                monitoring._dashboard = await NodeMonitoring.ServeAsync(web, shown, monitoring, monitoring._metrics!, loggers).ConfigureAwait(false);
            }
        }
        catch
        {
            await monitoring.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        monitoring._watching = monitoring.WatchAsync();
        return monitoring;
    }

    /// <summary>Says goodbye to the service manager, and ends the dashboard.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _systemd.Stopping();
        if (_dashboard is not null)
        {
            await _dashboard.DisposeAsync().ConfigureAwait(false);
        }

        Forget([.. _monitors.Keys]);
        _metrics?.Dispose();
        _export?.Dispose();
        _systemd.Dispose();
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        _systemd.Ready($"listening in {_scheduler.Rooms} rooms");
        var period = _systemd.WatchdogInterval is { } interval && interval / 4 < LookEvery ? interval / 4 : LookEvery;
        using var ticks = new Ticks(period, TimeProvider.System, _stop.Token);
        do
        {
            if (IsLive)
            {
                _systemd.Ping();
            }

            Look();
        }
        while (await ticks.NextAsync().ConfigureAwait(false));
    }

    /// <summary>Looks at each room as it is now; one that was opened again is another.</summary>
    private void Look()
    {
        var rooms = _rooms().OfType<NodeView>().ToList();
        Forget([.. _monitors.Keys.Where(known => !rooms.Exists(room => ReferenceEquals(room, known)))]);
        foreach (var room in rooms)
        {
            if (!_monitors.TryGetValue(room, out var monitor))
            {
                var progress = new PipelineProgress(room.Counters, room.SourceMayPause, TimeProvider.System);
                monitor = new HealthMonitor(room, progress, new SystemdNotifier(_ => null), TimeProvider.System, _log);
                _monitors.Add(room, monitor);
            }

            monitor.Look();
        }
    }

    private void Forget(List<NodeView> rooms)
    {
        foreach (var room in rooms)
        {
            _monitors.Remove(room, out var monitor);
            monitor?.Dispose();
        }
    }
}
