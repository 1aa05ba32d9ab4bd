using System.Globalization;
using System.Net;
using System.Text;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>Who may request what from the web server.</summary>
public sealed class WebTests : IDisposable
{
    private const string Token = "correct horse battery staple";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Nothing_listens_unless_told_to()
    {
        await using var daemon = Sernetd.Start(["--device", $"file:{Sernetd.SpokenSample}", "--output", "json"]);
        await daemon.ErrorLineAsync(line => line.Contains("listening to", StringComparison.Ordinal));
        var process = daemon.Id.ToString(CultureInfo.InvariantCulture);
        var sockets = Directory.GetFiles($"/proc/{process}/fd")
            .Select(fd => new FileInfo(fd).LinkTarget ?? "")
            .Where(target => target.StartsWith("socket:[", StringComparison.Ordinal))
            .Select(target => target["socket:[".Length..^1]).ToHashSet();
        var listening = new[] { "tcp", "tcp6" }
            .SelectMany(kind => File.ReadLines($"/proc/{process}/net/{kind}").Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[3] == "0A" && sockets.Contains(fields[9]));
        Assert.Empty(listening);
    }

    [Fact]
    public async Task Other_machines_need_a_token_and_a_port_must_be_free()
    {
        string[] file = ["--device", $"file:{Sernetd.SpokenSample}", "--output", "none"];
        Sernetd.AssertRefused(await Sernetd.RunAsync([.. file, "--web", "0.0.0.0:8099"]), 2, "web.token_file", "other machines", "/dev/urandom");
        var shortToken = _folder.Write("token", "1234\n");
        Sernetd.AssertRefused(
            await Sernetd.RunAsync([.. file, "--web", "*:8099", "--web-token-file", shortToken]), 2, "16 characters");
        Sernetd.AssertRefused(await Sernetd.RunAsync([.. file, "--web", "kitchen.local:80"]), 2, "--web", "ADDRESS:PORT");

        using var other = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ((IPEndPoint)other.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        Sernetd.AssertRefused(await Sernetd.RunAsync([.. file, "--web", taken]), 1, taken, "another port");
    }

    [Fact]
    public async Task Another_site_can_neither_read_nor_change_anything()
    {
        await using var node = await WebNode.StartAsync();
        foreach (var path in new[] { "/", "/api/stream", "/metrics", "/health/live" })
        {
            // A foreign host name that resolves to this machine (DNS rebinding).
            using var rebound = await node.SendAsync(HttpMethod.Get, path, headers => headers.Host = "evil.example");
            Assert.Equal(HttpStatusCode.MisdirectedRequest, rebound.StatusCode);
        }

        using var named = await node.SendAsync(HttpMethod.Get, "/", headers => headers.Host = $"localhost:{node.Port}");
        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
        using var foreign = await MuteAsync(node, "http://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        using var sandboxed = await MuteAsync(node, "null");
        Assert.Equal(HttpStatusCode.Forbidden, sandboxed.StatusCode);
        using var ours = await MuteAsync(node, node.Address.TrimEnd('/'));
        Assert.Equal(HttpStatusCode.NoContent, ours.StatusCode);
        using var nonsense = await node.SendAsync(HttpMethod.Post, "/api/mute", content: new StringContent("muted"));
        Assert.Equal(HttpStatusCode.BadRequest, nonsense.StatusCode);
        Assert.Contains("default-src 'none'", named.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", named.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_has_the_token_comes_in()
    {
        await using var node = await WebNode.StartAsync("--web-token-file", _folder.Write("token", Token + "\n"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, "/metrics"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, "/api/stream"));
        Assert.Equal(HttpStatusCode.Found, await StatusAsync(node, "/"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, "/sign-in"));
        Assert.NotEqual(HttpStatusCode.Unauthorized, await StatusAsync(node, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, "/metrics", "Authorization", $"Bearer {Token}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(node, "/metrics", "Authorization", "Bearer wrong"));

        using var wrong = await SignInAsync(node, "not the token at all");
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        using var right = await SignInAsync(node, Token);
        var cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("horse", cookie, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, "/", "Cookie", cookie.Split(';')[0]));

        // After too many wrong guesses the server refuses more; logged-in clients stay in.
        var last = HttpStatusCode.OK;
        for (var i = 0; i < 25; i++)
        {
            last = await StatusAsync(node, "/metrics", "Authorization", $"Bearer guess {i}");
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, last);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(node, "/", "Cookie", cookie.Split(';')[0]));
    }

    [Fact]
    public async Task A_sensitivity_can_be_chosen_where_the_model_has_points()
    {
        await using var node = await WebNode.StartAsync();
        using var calm = await SenseAsync(node, "calm");
        Assert.Equal(HttpStatusCode.NoContent, calm.StatusCode);
        using var wrong = await SenseAsync(node, "hectic");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Contains("it must be one of calm, normal, eager", await wrong.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        await using var plain = await WebNode.StartAsync("--model", "light-sernet-emodb-int8");
        using var none = await SenseAsync(plain, "calm");
        Assert.Equal(HttpStatusCode.BadRequest, none.StatusCode);
        Assert.Contains("has no operating points", await none.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        static Task<HttpResponseMessage> SenseAsync(WebNode node, string sensitivity) => node.SendAsync(
            HttpMethod.Post, "/api/sensitivity", content: new StringContent($"{{\"sensitivity\":\"{sensitivity}\"}}", Encoding.UTF8, "application/json"));
    }

    [Fact]
    public async Task With_a_certificate_it_speaks_tls()
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=kitchen", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        await using var node = await WebNode.StartAsync(
            "--set", $"web.certificate_file={_folder.Write("cert.pem", made.ExportCertificatePem())}",
            "--set", $"web.key_file={_folder.Write("key.pem", key.ExportPkcs8PrivateKeyPem())}");
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown?.Thumbprint == made.Thumbprint,
        };
        using var http = new HttpClient(handler);
        using var answer = await http.GetAsync(new Uri($"https://127.0.0.1:{node.Port}/health/live"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        var wrong = await Sernetd.RunAsync(
            "--device", $"file:{Sernetd.SpokenSample}", "--output", "none", "--web",
            "--set", $"web.certificate_file={_folder.PathOf("key.pem")}", "--set", $"web.key_file={_folder.PathOf("key.pem")}");
        Sernetd.AssertRefused(wrong, 2, "web.certificate_file", "PEM");
    }

    [Fact]
    public async Task Too_many_dashboards_are_turned_away()
    {
        await using var node = await WebNode.StartAsync("--set", "web.max_clients=2");
        using var first = await node.SendAsync(HttpMethod.Get, "/api/stream");
        using var second = await node.SendAsync(HttpMethod.Get, "/api/stream");
        using var third = await node.SendAsync(HttpMethod.Get, "/api/stream");
        Assert.Equal(
            [HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable],
            new[] { first, second, third }.Select(answer => answer.StatusCode));
    }

    private static async Task<HttpStatusCode> StatusAsync(WebNode node, string path, string? header = null, string? value = null)
    {
        using var answer = await node.SendAsync(HttpMethod.Get, path, headers =>
        {
            if (header is not null)
            {
                headers.TryAddWithoutValidation(header, value);
            }
        });
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> SignInAsync(WebNode node, string token) => node.SendAsync(
        HttpMethod.Post, "/sign-in", content: new FormUrlEncodedContent([new KeyValuePair<string, string>("token", token)]));

    private static Task<HttpResponseMessage> MuteAsync(WebNode node, string origin) => node.SendAsync(
        HttpMethod.Post,
        "/api/mute",
        headers => headers.Add("Origin", origin),
        new StringContent("{\"muted\":true}", Encoding.UTF8, "application/json"));
}
