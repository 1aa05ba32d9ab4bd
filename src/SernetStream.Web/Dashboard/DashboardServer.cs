using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SernetStream.Configuration;
using SernetStream.Web.Health;
using SernetStream.Web.Metrics;

namespace SernetStream.Web.Dashboard;

/// <summary>
/// The web server of a node: dashboard, stream, mute switch, metrics and health. It has threads of its own and takes
/// nothing from the pipeline but what is fetched ten times a second.
/// </summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private const long LongestRequest = 4096;
    private static readonly TimeSpan DoctorPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BrokerPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(0.3);

    private readonly WebOptions _options;
    private readonly WebApplication _app;
    private readonly AccessGuard _guard;
    private readonly DashboardRooms _rooms;
    private readonly CancellationTokenSource _stop = new();
    private Task _feeding = Task.CompletedTask;

    private DashboardServer(WebOptions options, DashboardRooms rooms, INodeCondition health, PrometheusText metrics, ILoggerFactory loggers)
    {
        (_options, _rooms) = (options, rooms);
        _guard = new AccessGuard(options, TimeProvider.System);
        _app = Build(options, loggers);
        var log = loggers.CreateLogger("web");
        _app.Use((context, next) => RequestErrors.InvokeAsync(context, next, log));
        _app.Use((context, next) => _guard.InvokeAsync(context, next));
        Map(health, metrics);
    }

    /// <summary>Starts to serve.</summary>
    /// <exception cref="CommandException">It cannot listen there, or the certificate cannot be used.</exception>
    public static async Task<DashboardServer> StartAsync(
        WebOptions options, DashboardRooms rooms, INodeCondition health, PrometheusText metrics, ILoggerFactory loggers)
    {
        var server = new DashboardServer(options, rooms, health, metrics, loggers);
        try
        {
            await server._app.StartAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            var because = (error.InnerException ?? error).Message.TrimEnd('.');
            throw new CommandException(
                ExitCode.Failed,
                $"The dashboard cannot listen on {options.Listen}: {because}. Name another port with --web or {Settings.WebListen.Key}.");
        }

        server._feeding = server.FeedAsync(server._stop.Token);
        return server;
    }

    /// <summary>Ends the streams, and gives requests a moment.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _feeding.ConfigureAwait(false);
        using var limit = new CancellationTokenSource(StopLimit);
        await _app.StopAsync(limit.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private static WebApplication Build(WebOptions options, ILoggerFactory loggers)
    {
        // Neither the environment's ASPNETCORE_… nor an appsettings.json lying about must open another port.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "sernetd" });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<ILoggerFactory>(new QuietLoggers(loggers));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestRequest;
            kestrel.Limits.MaxConcurrentConnections = options.MaxClients + 64;
            kestrel.Limits.MaxResponseBufferSize = 32 * 1024;
            var certificate = LoadCertificate(options);
            kestrel.Listen(new IPEndPoint(options.Listen.Address, options.Listen.Port), listen =>
            {
                // HTTP/2 would carry many streams over one connection, but browsers speak it only with TLS.
                listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                if (certificate is not null)
                {
                    listen.UseHttps(certificate);
                }
            });
        });
        return builder.Build();
    }

    private static X509Certificate2? LoadCertificate(WebOptions options)
    {
        if (options.CertificateFile is null)
        {
            return null;
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(options.CertificateFile, options.KeyFile);
        }
        catch (CryptographicException error)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"{Settings.WebCertificate.Key} {options.CertificateFile} and {Settings.WebKey.Key} {options.KeyFile} are not a certificate "
                + $"with its key in PEM form: {error.Message}");
        }
    }

    /// <summary>Sends pulses and counters until it is stopped.</summary>
    private async Task FeedAsync(CancellationToken stop)
    {
        using var ticks = new Ticks(LiveFeed.PulseLength, TimeProvider.System, stop);
        for (var pulse = 0L; await ticks.NextAsync().ConfigureAwait(false); pulse++)
        {
            foreach (var room in _rooms.All)
            {
                room.Tick(pulse);
            }
        }

        foreach (var room in _rooms.All)
        {
            room.End();
        }
    }

    private void Map(INodeCondition health, PrometheusText metrics)
    {
        foreach (var (path, asset) in Asset.All.Where(asset => !asset.Key.EndsWith(".html", StringComparison.Ordinal)))
        {
            _app.MapMethods(path, ["GET", "HEAD"], asset.ServeAsync);
        }

        foreach (var path in Pages.Paths)
        {
            _app.MapMethods(path, ["GET", "HEAD"], context => Pages.ServeAsync(context, _rooms.IsHouse));
        }

        _app.MapGet(AccessGuard.SignInPath, Asset.All["/sign-in.html"].ServeAsync);
        _app.MapPost(AccessGuard.SignInPath, SignInAsync);
        _app.MapPost("/sign-out", SignOut);
        _app.MapGet("/api/stream", _rooms.In((feed, _, context) => new EventStream(feed).ServeAsync(context)));
        _app.MapGet("/api/rooms", new RoomsApi(_rooms, _options).ListAsync);
        RequestDelegate Command(Func<NodeCommands, HttpContext, Task> command) =>
            _rooms.In((feed, node, context) => command(new NodeCommands(node, feed), context));
        _app.MapPost("/api/mute", Command((commands, context) => commands.MuteAsync(context)));
        _app.MapPost("/api/sensitivity", Command((commands, context) => commands.SensitivityAsync(context)));
        _app.MapPost("/api/threshold", Command((commands, context) => commands.ThresholdAsync(context)));
        _app.MapPost("/api/feedback", Command((commands, context) => commands.FeedbackAsync(context)));
        _app.MapGet("/api/history", _rooms.In((node, context) => new HistoryApi(node, node.Diary, TimeProvider.System).ServeAsync(context)));
        _app.MapPost("/api/history/delete", _rooms.In((node, context) => new HistoryApi(node, node.Diary, TimeProvider.System).DeleteAsync(context)));
        MapSetup();
        _app.MapGet("/metrics", metrics.ServeAsync);
        _app.MapGet("/health/live", context => HealthAnswer.WriteAsync(context, health.IsLive, health));
        _app.MapGet("/health/ready", context => HealthAnswer.WriteAsync(context, health.IsReady, health));
    }

    /// <summary>What costs, or may reach elsewhere: one at a time, and not for everybody.</summary>
    private void MapSetup()
    {
        var guard = new SetupGuard(_options);
        _app.MapPost("/api/doctor", guard.Behind(new Turnstile("The doctor", DoctorPause, TimeProvider.System).Before(
            _rooms.In((node, context) => new HealthApi(node).DoctorAsync(context)))));
        _app.MapPost("/api/broker", guard.Behind(new Turnstile("A broker", BrokerPause, TimeProvider.System).Before(
            _rooms.In((node, context) => new BrokerApi(node).TryAsync(context)))));
        _app.MapGet("/api/devices", guard.Behind(_rooms.In((node, context) => new DeviceApi(node).ListAsync(context))));
        _app.MapPost("/api/device", guard.Behind(_rooms.In((node, context) => new DeviceApi(node).ChooseAsync(context))));
    }

    private async Task SignInAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            await RequestErrors.AnswerAsync(
                context.Response,
                StatusCodes.Status415UnsupportedMediaType,
                "Send the token as a form (application/x-www-form-urlencoded), or as 'Authorization: Bearer TOKEN' with each request.")
                .ConfigureAwait(false);
            return;
        }

        var form = await context.Request.ReadFormAsync().ConfigureAwait(false);
        switch (_guard.SignIn(context, form["token"].ToString().Trim()))
        {
            case TokenAnswer.Right:
                context.Response.Redirect(Pages.WantedBy(context.Request));
                break;
            case TokenAnswer.TooMany:
                context.Response.Redirect(Pages.SignInFor(context.Request) + "&wait");
                break;
            default:
                context.Response.Redirect(Pages.SignInFor(context.Request) + "&wrong");
                break;
        }
    }

    private Task SignOut(HttpContext context)
    {
        _guard.SignOut(context);
        context.Response.Redirect("/");
        return Task.CompletedTask;
    }
}
