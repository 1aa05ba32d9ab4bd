using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SernetStream.Plugins.Tests.Support;

/// <summary>A real HTTP server on a free port of this machine.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private WebServer(WebApplication application)
    {
        _application = application;
    }

    public Uri Url => new(_application.Urls.First());

    /// <summary>Answers every request with <paramref name="answer"/>, on <paramref name="port"/> or a free port.</summary>
    public static async Task<WebServer> StartAsync(RequestDelegate answer, int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}").UseShutdownTimeout(TimeSpan.Zero);
        builder.Logging.ClearProviders();
        var application = builder.Build();
        application.UseWebSockets();
        application.Run(answer);
        await application.StartAsync();
        return new WebServer(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
