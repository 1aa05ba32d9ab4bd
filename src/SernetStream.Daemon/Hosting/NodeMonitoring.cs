using SernetStream.Configuration;
using SernetStream.Web;
using SernetStream.Web.Dashboard;
using SernetStream.Web.Health;
using SernetStream.Web.Metrics;

namespace SernetStream.Daemon.Hosting;

/// <summary>
/// Those who watch a node without touching it: the service manager's watchdog, the collector of metrics, the dashboard.
/// </summary>
internal sealed class NodeMonitoring : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly HealthMonitor _health;
    private readonly IDisposable? _export;
    private readonly PrometheusText? _metrics;
    private DashboardServer? _dashboard;
    private Task _monitoring = Task.CompletedTask;

    private NodeMonitoring(SettingValues settings, NodeView node, bool hasWeb, ILoggerFactory loggers)
    {
        _health = new HealthMonitor(
            node,
            new PipelineProgress(node.Counters, node.SourceMayPause, TimeProvider.System),
            new SystemdNotifier(Environment.GetEnvironmentVariable),
            TimeProvider.System,
            loggers.CreateLogger("health"));
        _export = OtlpExport.Start(settings);
        _metrics = hasWeb ? new PrometheusText() : null;
    }

    /// <summary>Begins to watch.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="node">The node.</param>
    /// <param name="web">How the dashboard is served; null: it is not.</param>
    /// <param name="feed">What it shows.</param>
    /// <param name="loggers">Makes the logs.</param>
    /// <exception cref="CommandException">The dashboard cannot be served.</exception>
    public static async Task<NodeMonitoring> StartAsync(
        SettingValues settings, NodeView node, WebOptions? web, LiveFeed? feed, ILoggerFactory loggers)
    {
        var attendance = new NodeMonitoring(settings, node, web is not null, loggers);
        try
        {
            if (web is not null)
            {
                feed!.Show(node);
                var rooms = new DashboardRooms(isHouse: false, () => [feed]);
                attendance._dashboard = await ServeAsync(web, rooms, attendance._health, attendance._metrics!, loggers).ConfigureAwait(false);
            }
        }
        catch
        {
            await attendance.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        attendance._monitoring = attendance._health.RunAsync(attendance._stop.Token);
        return attendance;
    }

    /// <summary>Opens the dashboard, and says where it is.</summary>
    /// <exception cref="CommandException">It cannot be served.</exception>
    public static async Task<DashboardServer> ServeAsync(
        WebOptions web, DashboardRooms rooms, INodeCondition health, PrometheusText metrics, ILoggerFactory loggers)
    {
        var dashboard = await DashboardServer.StartAsync(web, rooms, health, metrics, loggers).ConfigureAwait(false);
        var log = loggers.CreateLogger("web");
        log.LogInformation("the dashboard is at {Address}", web.Address);
        if (!web.Listen.IsLoopback && web.CertificateFile is null)
        {
            log.LogWarning(
                "the dashboard's token goes over the network unencrypted: name a certificate with {Setting}, or put a proxy with TLS in front",
                Settings.WebCertificate.Key);
        }

        return dashboard;
    }

    /// <summary>Says goodbye to the service manager, and ends the dashboard.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _monitoring.ConfigureAwait(false);
        if (_dashboard is not null)
        {
            await _dashboard.DisposeAsync().ConfigureAwait(false);
        }

        _metrics?.Dispose();
        _export?.Dispose();
        _health.Dispose();
        _stop.Dispose();
    }
}
