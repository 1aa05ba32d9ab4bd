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

    private NodeMonitoring(SettingValues settings, NodeView node, bool hasWeb, bool notifies, ILoggerFactory loggers)
    {
        _health = new HealthMonitor(
            node,
            new PipelineProgress(node.Counters, node.SourceMayPause, TimeProvider.System),
            new SystemdNotifier(notifies ? Environment.GetEnvironmentVariable : _ => null),
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
    /// <param name="notifies">Whether the service manager is told; if not, somebody else does.</param>
    /// <exception cref="CommandException">The dashboard cannot be served.</exception>
    public static async Task<NodeMonitoring> StartAsync(
        SettingValues settings, NodeView node, WebOptions? web, LiveFeed? feed, ILoggerFactory loggers, bool notifies = true)
    {
        var attendance = new NodeMonitoring(settings, node, web is not null, notifies, loggers);
        try
        {
            await attendance.ServeAsync(node, web, feed, loggers).ConfigureAwait(false);
        }
        catch
        {
            await attendance.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        attendance._monitoring = attendance._health.RunAsync(attendance._stop.Token);
        return attendance;
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

    private async Task ServeAsync(NodeView node, WebOptions? web, LiveFeed? feed, ILoggerFactory loggers)
    {
        if (web is null)
        {
            return;
        }

        _dashboard = await DashboardServer.StartAsync(web, node, feed!, _health, _metrics!, loggers).ConfigureAwait(false);
        var log = loggers.CreateLogger("web");
        log.LogInformation("the dashboard is at {Address}", web.Address);
        if (!web.Listen.IsLoopback && web.CertificateFile is null)
        {
            log.LogWarning(
                "the dashboard's token goes over the network unencrypted: name a certificate with {Setting}, or put a proxy with TLS in front",
                Settings.WebCertificate.Key);
        }
    }
}
