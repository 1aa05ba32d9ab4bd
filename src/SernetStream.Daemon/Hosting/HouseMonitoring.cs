using SernetStream.Configuration;
using SernetStream.Pipeline.Rooms;
using SernetStream.Web;
using SernetStream.Web.Dashboard;
using SernetStream.Web.Health;

namespace SernetStream.Daemon.Hosting;

/// <summary>
/// Those who watch a house without touching it. The service manager's watchdog is pinged as long as rooms are stepped; the
/// dashboard opens once there is a room to show.
/// </summary>
internal sealed class HouseMonitoring(
    SettingValues settings, RoomScheduler scheduler, WebOptions? web, LiveFeed? feed, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>Every room is stepped twice a second, if any is.</summary>
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly SystemdNotifier _systemd = new(Environment.GetEnvironmentVariable);
    private NodeMonitoring? _room;
    private Task _watching = Task.CompletedTask;

    /// <summary>Begins to watch.</summary>
    /// <param name="first">The room that the dashboard shows; null: it does not listen yet.</param>
    public void Start(Func<NodeView?> first) => _watching = WatchAsync(first);

    /// <summary>Says goodbye to the service manager, and ends the dashboard.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _systemd.Stopping();
        if (_room is not null)
        {
            await _room.DisposeAsync().ConfigureAwait(false);
        }

        _systemd.Dispose();
        _stop.Dispose();
    }

    private async Task WatchAsync(Func<NodeView?> first)
    {
        _systemd.Ready($"listening in {scheduler.Rooms} rooms");
        var period = _systemd.WatchdogInterval is { } interval && interval / 4 < LookEvery ? interval / 4 : LookEvery;
        using var timer = new PeriodicTimer(period);
        do
        {
            if (scheduler.SinceLastStep < StuckAfter || scheduler.Rooms == 0)
            {
                _systemd.Ping();
            }

            if (_room is null && first() is { } view)
            {
                _room = await OpenAsync(view).ConfigureAwait(false);
            }
        }
        while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
    }

    private async Task<NodeMonitoring?> OpenAsync(NodeView view)
    {
        try
        {
            return await NodeMonitoring.StartAsync(settings, view, web, feed, loggers, notifies: false).ConfigureAwait(false);
        }
        catch (CommandException error)
        {
            loggers.CreateLogger("web").LogError("{Problem}", error.Message);
            return null;
        }
    }
}
