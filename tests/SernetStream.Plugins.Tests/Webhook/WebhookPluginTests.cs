using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Plugins.Webhook;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Webhook;

public sealed class WebhookPluginTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<Received> _received = new();

    [Fact]
    public async Task An_event_is_posted_signed_so_that_the_receiver_can_check_it()
    {
        await using var server = await ServerAsync(_ => 204);
        var key = _folder.Write("key", "s3cret\n");
        await PostAsync(server, [("secret_file", key), ("headers:Authorization", "Bearer x")], Events.Make(), Events.Make(EmotionEventKind.Interim));
        var one = Assert.Single(_received);
        Assert.Equal(EmotionEventJson.ToText(Events.Make()), one.Body);
        Assert.Equal("application/json; charset=utf-8", one.Headers["Content-Type"]);
        Assert.Equal("Bearer x", one.Headers["Authorization"]);
        Assert.Equal("kitchen-42-1767268800000", one.Headers["X-Sernet-Delivery"]);
        var signed = Encoding.UTF8.GetBytes($"{one.Headers["X-Sernet-Timestamp"]}.{one.Body}");
        Assert.Equal(
            "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("s3cret"u8, signed)), one.Headers["X-Sernet-Signature"]);
    }

    [Fact]
    public async Task Its_secrets_may_come_from_files_or_the_environment()
    {
        await using var server = await ServerAsync(_ => 204);
        await PostAsync(server, [("authorization_file", _folder.Write("authorization", "Bearer y\n")), ("secret", "s3cret")], Events.Make());
        var one = Assert.Single(_received);
        Assert.Equal("Bearer y", one.Headers["Authorization"]);
        var signed = Encoding.UTF8.GetBytes($"{one.Headers["X-Sernet-Timestamp"]}.{one.Body}");
        Assert.Equal(
            "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData("s3cret"u8, signed)), one.Headers["X-Sernet-Signature"]);
    }

    [Fact]
    public async Task A_server_that_fails_and_recovers_gets_every_event_in_order()
    {
        await using var server = await ServerAsync(attempt => attempt switch { 1 => 500, 2 => 503, 4 => 429, 5 => 408, _ => 200 });
        var context = await PostAsync(server, [], Events.Make(sequence: 1), Events.Make(sequence: 2), Events.Make(sequence: 3));
        Assert.Equal(
            [1, 1, 1, 2, 2, 2, 3],
            _received.Select(one => int.Parse(one.Headers["X-Sernet-Delivery"].Split('-')[1], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Empty(context.Said.Lines);
    }

    [Fact]
    public async Task A_server_that_stalls_is_not_waited_for_and_tried_again()
    {
        await using var server = await ServerAsync(_ => 200, stallAt: attempt => attempt == 1);
        var context = await PostAsync(server, [("time_limit", "0.3")], Events.Make());
        Assert.Equal(2, _received.Count);
        Assert.Empty(context.Said.Lines);
    }

    [Fact]
    public async Task What_is_given_up_is_said_once_and_the_next_event_is_tried()
    {
        await using var server = await ServerAsync(attempt => attempt <= 6 ? 500 : 200);
        var context = await PostAsync(server, [("retries", "1")], [.. Enumerable.Range(1, 5).Select(i => Events.Make(sequence: i))]);
        Assert.Equal(8, _received.Count);
        Assert.Collection(
            context.Said.Lines,
            line => Assert.Contains("did not take an event: it answered 500", line, StringComparison.Ordinal),
            line => Assert.Contains("takes events again", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_that_accepts_and_closes_at_once_is_asked_ever_more_slowly_from_event_to_event()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var closing = CloseAllAsync(server);
        var clock = new HurryingClock();
        var context = new FakePluginContext("Webhook", ("url", $"http://{server.LocalEndpoint}/")) { Time = clock };
        await RunAsync(context, [.. Enumerable.Range(1, 5).Select(i => Events.Make(sequence: i))]);
        server.Stop();
        Assert.Equal(25, await closing);
        var waits = clock.Waits.Where(wait => wait.TotalSeconds != 5).Select(wait => wait.TotalSeconds).ToList();
        Assert.Equal(20, waits.Count);
        foreach (var (wait, least) in waits.Zip((double[])[1, 2, 4, .. Enumerable.Repeat(5.0, 17)]))
        {
            Assert.InRange(wait, least, Math.Min(2 * least, 10));
        }

        Assert.Single(context.Said.Lines);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(302)]
    public async Task An_answer_that_will_not_change_is_final(int status)
    {
        await using var server = await ServerAsync(_ => status);
        var context = await PostAsync(server, [], Events.Make());
        Assert.Single(_received);
        Assert.Contains($"it answered {status}", Assert.Single(context.Said.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_with_its_reason()
    {
        var context = new FakePluginContext("Webhook", ("url", $"http://127.0.0.1:{Loopback.FreePort()}/"), ("retries", "0"));
        await RunAsync(context, Events.Make());
        Assert.Contains("refused", Assert.Single(context.Said.Lines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("url", "", "plugins.Webhook.url is wrong: it must say where to post events")]
    [InlineData("url", "ftp://x/", "plugins.Webhook.url is wrong: 'ftp://x/' is not an address such as http://")]
    [InlineData("headers:a b", "x", "plugins.Webhook.headers is wrong: 'a b' cannot be sent as a header")]
    [InlineData("secret_file", "/no/such/file", "The file /no/such/file (secret_file) cannot be read")]
    public async Task Wrong_settings_are_refused_with_a_sentence(string key, string value, string because)
    {
        var settings = new Dictionary<string, string> { ["url"] = "http://127.0.0.1/", [key] = value };
        var context = new FakePluginContext("Webhook", [.. settings.Select(setting => (setting.Key, setting.Value))]);
        var error = await Assert.ThrowsAsync<PluginException>(() => RunAsync(context));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task RunAsync(FakePluginContext context, params EmotionEvent[] events)
    {
        using var plugin = new WebhookPlugin();
        await plugin.StartAsync(context, default);
        Array.ForEach(events, context.Hear);
        context.EndEvents();
        await plugin.RunAsync(context.Events, default).WaitAsync(ChildProcess.WaitTimeout);
    }

    private static async Task<FakePluginContext> PostAsync(
        WebServer server, (string Key, string Value)[] settings, params EmotionEvent[] events)
    {
        var context = new FakePluginContext("Webhook", [("url", new Uri(server.Url, "/mood").ToString()), ("retry_delay", "0.01"), .. settings]);
        await RunAsync(context, events);
        return context;
    }

    private static async Task<int> CloseAllAsync(TcpListener server)
    {
        for (var count = 0; ; count++)
        {
            try
            {
                using var client = await server.AcceptSocketAsync();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return count;
            }
        }
    }

    private Task<WebServer> ServerAsync(Func<int, int> status, Func<int, bool>? stallAt = null) => WebServer.StartAsync(async http =>
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        _received.Enqueue(new Received(body, http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString())));
        var attempt = _received.Count;
        if (stallAt?.Invoke(attempt) ?? false)
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        http.Response.StatusCode = status(attempt);
        if (status(attempt) == (int)HttpStatusCode.Found)
        {
            http.Response.Headers.Location = "/elsewhere";
        }
    });

    private sealed record Received(string Body, IReadOnlyDictionary<string, string> Headers);
}
