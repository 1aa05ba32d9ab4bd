using System.Globalization;
using System.Net.Http.Headers;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>A daemon that serves its dashboard, and a client without cookies or redirects.</summary>
internal sealed class WebNode : IAsyncDisposable
{
    private readonly HttpClientHandler _handler = new() { AllowAutoRedirect = false, UseCookies = false };
    private readonly HttpClient _http;

    private WebNode(ChildProcess process, int port)
    {
        (Process, Port) = (process, port);
        _http = new HttpClient(_handler) { BaseAddress = new Uri(Address), Timeout = ChildProcess.WaitTimeout };
    }

    public ChildProcess Process { get; }

    public int Port { get; }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/");

    /// <summary>Starts a daemon on a free port, and returns when it listens. It hears ten minutes of speech.</summary>
    public static async Task<WebNode> StartAsync(params string[] more) => await StartAsync(await Sernetd.LongSample.Value, more);

    public static Task<WebNode> StartAsync(string recording, string[] more, IReadOnlyDictionary<string, string>? environment = null) =>
        StartAsync(["--device", $"file:{recording}", .. more], environment);

    /// <summary>Starts a daemon whose source the arguments name.</summary>
    public static async Task<WebNode> StartAsync(string[] arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var port = Loopback.FreePort();
        var process = Sernetd.Start(["--output", "json", "--web", port.ToString(CultureInfo.InvariantCulture), .. arguments], environment);
        await process.ErrorLineAsync(line => line.Contains("listening to", StringComparison.Ordinal));
        return new WebNode(process, port);
    }

    public async Task<string> GetTextAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Sends a request with any method, headers and content.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, Action<HttpRequestHeaders>? headers = null, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        headers?.Invoke(request.Headers);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _handler.Dispose();
        await Process.DisposeAsync();
    }
}
