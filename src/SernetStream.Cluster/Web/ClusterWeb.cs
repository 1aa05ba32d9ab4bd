using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Orleans.Dashboard;
using SernetStream.Cluster.Gateways;
using SernetStream.Configuration;
using SernetStream.Web.Dashboard;

namespace SernetStream.Cluster.Web;

/// <summary>The web server of a silo: the audio of rooms comes in, and the fleet page goes out, behind the guard of the dashboard.</summary>
internal static class ClusterWeb
{
    private const int MostConnections = 4096;
    private const string OrleansPath = "/orleans";

    // Orleans' page has styles and scripts in itself; it gets no more from elsewhere than ours does.
    private const string OrleansPolicy =
        "default-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

    public static void Configure(WebApplicationBuilder builder, ClusterSettings settings)
    {
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<WebSocketGateway>();
        builder.Services.AddSingleton<FleetPage>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Listen(new IPEndPoint(settings.Listen.Address, settings.Listen.Port), listen => listen.Protocols = HttpProtocols.Http1);
        });
    }

    public static void Map(WebApplication app, ClusterSettings settings, ILogger log)
    {
        var guard = new AccessGuard(new WebOptions(settings.Listen) { Token = settings.Token }, TimeProvider.System);
        app.Use((context, next) => RequestErrors.InvokeAsync(context, next, log));
        app.Use((context, next) => guard.InvokeAsync(context, next));
        app.UseWebSockets();
        if (settings.OrleansDashboard)
        {
            app.Use((context, next) => LoosenAsync(context, next));
            app.MapOrleansDashboard(OrleansPath);
        }

        foreach (var path in new[] { "/style.css", "/favicon.svg" })
        {
            app.MapMethods(path, ["GET", "HEAD"], Asset.All[path].ServeAsync);
        }

        var gateway = app.Services.GetRequiredService<WebSocketGateway>();
        var page = app.Services.GetRequiredService<FleetPage>();
        app.MapGet("/", FleetPage.ServePageAsync);
        app.MapGet("/fleet.js", FleetPage.ServeScriptAsync);
        app.MapGet("/fleet.json", page.ServeReportsAsync);
        app.MapGet("/silo.json", page.ServeOwnAsync);
        app.MapGet("/rooms/{room}", gateway.ServeAsync);
        app.MapMethods("/silos/{name}/drain", ["POST", "DELETE"], page.DrainAsync);
        app.MapDelete("/rooms/{name}", page.RemoveAsync);
        app.MapGet("/health/live", context => context.Response.WriteAsync("ok\n"));
        app.MapGet(AccessGuard.SignInPath, Asset.All["/sign-in.html"].ServeAsync);
        app.MapPost(AccessGuard.SignInPath, context => SignInAsync(context, guard));
    }

    private static Task LoosenAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path.StartsWithSegments(OrleansPath, StringComparison.Ordinal))
        {
            context.Response.Headers.ContentSecurityPolicy = OrleansPolicy;
        }

        return next(context);
    }

    private static async Task SignInAsync(HttpContext context, AccessGuard guard)
    {
        var form = context.Request.HasFormContentType ? await context.Request.ReadFormAsync().ConfigureAwait(false) : null;
        var answer = guard.SignIn(context, form?["token"].ToString().Trim() ?? "");
        context.Response.Redirect(answer switch
        {
            TokenAnswer.Right => "/",
            TokenAnswer.TooMany => $"{AccessGuard.SignInPath}?wait",
            _ => $"{AccessGuard.SignInPath}?wrong",
        });
    }
}
