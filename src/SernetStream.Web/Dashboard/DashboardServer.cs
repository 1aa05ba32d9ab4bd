using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
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
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(0.3);

    private readonly WebOptions _options;
    private readonly WebApplication _app;
    private readonly AccessGuard _guard;
    private readonly NodeView _node;
    private readonly LiveFeed _feed;
    private readonly CancellationTokenSource _stop = new();
    private Task _feeding = Task.CompletedTask;

    private DashboardServer(WebOptions options, NodeView node, LiveFeed feed, HealthMonitor health, PrometheusText metrics, ILoggerFactory loggers)
    {
        (_options, _node, _feed) = (options, node, feed);
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
        WebOptions options, NodeView node, LiveFeed feed, HealthMonitor health, PrometheusText metrics, ILoggerFactory loggers)
    {
        var server = new DashboardServer(options, node, feed, health, metrics, loggers);
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

        server._feeding = feed.RunAsync(node, server._stop.Token);
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

    private void Map(HealthMonitor health, PrometheusText metrics)
    {
        foreach (var (path, asset) in Asset.All.Where(asset => !asset.Key.EndsWith(".html", StringComparison.Ordinal)))
        {
            _app.MapMethods(path, ["GET", "HEAD"], asset.ServeAsync);
        }

        _app.MapMethods("/", ["GET", "HEAD"], Asset.All["/index.html"].ServeAsync);
        _app.MapGet(AccessGuard.SignInPath, Asset.All["/sign-in.html"].ServeAsync);
        _app.MapPost(AccessGuard.SignInPath, SignInAsync);
        _app.MapPost("/sign-out", SignOut);
        _app.MapGet("/api/stream", new EventStream(_feed, _node).ServeAsync);
        _app.MapPost("/api/mute", MuteAsync);
        _app.MapPost("/api/sensitivity", SensitivityAsync);
        _app.MapGet("/metrics", metrics.ServeAsync);
        _app.MapGet("/health/live", context => HealthAnswer.WriteAsync(context, health.IsLive, health));
        _app.MapGet("/health/ready", context => HealthAnswer.WriteAsync(context, health.IsReady, health));
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
                context.Response.Redirect("/");
                break;
            case TokenAnswer.TooMany:
                context.Response.Redirect($"{AccessGuard.SignInPath}?wait");
                break;
            default:
                context.Response.Redirect($"{AccessGuard.SignInPath}?wrong");
                break;
        }
    }

    private Task SignOut(HttpContext context)
    {
        _guard.SignOut(context);
        context.Response.Redirect("/");
        return Task.CompletedTask;
    }

    private async Task MuteAsync(HttpContext context)
    {
        bool muted;
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body).ConfigureAwait(false);
            muted = body.RootElement.GetProperty("muted").GetBoolean();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            await RequestErrors.AnswerAsync(
                context.Response, StatusCodes.Status400BadRequest, "Send {\"muted\": true} or {\"muted\": false}.").ConfigureAwait(false);
            return;
        }

        _node.Controls.Muted = muted;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private async Task SensitivityAsync(HttpContext context)
    {
        var refusal = "Send {\"sensitivity\": \"calm\"}, or another that the node offers.";
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body).ConfigureAwait(false);
            _node.Settable.Sensitivity = body.RootElement.GetProperty("sensitivity").GetString() ?? "";
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        catch (ArgumentException error)
        {
            refusal = _node.Settable.Sensitivities.Count > 0
                ? $"The sensitivity cannot be set: {error.Message}."
                : $"{_node.Model.Name} has no operating points, so there is no sensitivity to set.";
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // The sentence is there.
        }

        await RequestErrors.AnswerAsync(context.Response, StatusCodes.Status400BadRequest, refusal).ConfigureAwait(false);
    }

    /// <summary>Kestrel tells of every connection; only what goes wrong belongs into the daemon's log.</summary>
    private sealed class QuietLoggers(ILoggerFactory loggers) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

        // A failed start is thrown as well, and the caller reports it once.
        public ILogger CreateLogger(string categoryName) => categoryName.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal)
            ? NullLogger.Instance
            : new QuietLogger(loggers.CreateLogger(categoryName));

        public void Dispose()
        {
            // They belong to the daemon.
        }
    }

    private sealed class QuietLogger(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error && logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
