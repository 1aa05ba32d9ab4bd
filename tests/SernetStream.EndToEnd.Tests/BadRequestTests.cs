using System.Net;
using System.Net.Http.Headers;
using System.Text;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>A bad request gets an error and writes nothing to the log, because anybody can send one.</summary>
public sealed class BadRequestTests : IDisposable
{
    private const string Token = "correct horse battery staple";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_cannot_be_read_is_the_clients_fault_and_no_error_of_ours()
    {
        await using var node = await WebNode.StartAsync("--web-token-file", _folder.Write("token", Token + "\n"));
        (string? Type, string Body, HttpStatusCode Expected)[] signIns =
        [
            ("application/json", "{\"token\":\"x\"}", HttpStatusCode.UnsupportedMediaType),
            ("text/plain", "token=x", HttpStatusCode.UnsupportedMediaType),
            (null, "token=x", HttpStatusCode.UnsupportedMediaType),
            ("multipart/form-data", "token=x", HttpStatusCode.BadRequest),
            ("multipart/form-data; boundary=\"\"", "token=x", HttpStatusCode.BadRequest),
            ("multipart/form-data; boundary=a", "--a\r\nno headers", HttpStatusCode.BadRequest),
            ("application/x-www-form-urlencoded", new string('a', 5000), HttpStatusCode.RequestEntityTooLarge),
            ("application/x-www-form-urlencoded", string.Join('&', Enumerable.Range(0, 1100).Select(i => "a")), HttpStatusCode.BadRequest),
            ("application/x-www-form-urlencoded", "", HttpStatusCode.Found),
            ("application/x-www-form-urlencoded", "token=a&token=b", HttpStatusCode.Found),
            ("application/x-www-form-urlencoded; charset=utf-99", "token=%FF%FE", HttpStatusCode.Found),
        ];
        foreach (var (type, body, expected) in signIns)
        {
            using var answer = await SendAsync(node, "/sign-in", type, body);
            Assert.True(expected == answer.StatusCode, $"{type} {body[..Math.Min(body.Length, 40)]}: {answer.StatusCode}");
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }

        string[] mutes = ["", "{", "[]", "{\"muted\":1}", "{\"mute\":true}", "null", new string('[', 500), new string(' ', 5000)];
        foreach (var body in mutes)
        {
            using var answer = await SendAsync(node, "/api/mute", "application/json", body, authorized: true);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge });
        }

        string[] sensitivities = ["", "[]", "{\"sensitivity\":1}", "{\"sensitivity\":null}", "{\"sensitivity\":\"custom\"}", "{\"sensitivity\":\"Calm\"}", "{\"calm\":true}"];
        foreach (var body in sensitivities)
        {
            using var answer = await SendAsync(node, "/api/sensitivity", "application/json", body, authorized: true);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }

        using var alive = await node.SendAsync(HttpMethod.Get, "/health/live");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
        Assert.DoesNotContain(node.Process.ErrorLines, line => line.Contains("Exception", StringComparison.Ordinal)
            || line.Contains("   at ", StringComparison.Ordinal) || line.Contains("error", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Wrong_tokens_of_others_lock_nobody_out_who_has_the_right_one()
    {
        await using var node = await WebNode.StartAsync("--web-token-file", _folder.Write("token", Token + "\n"));
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 25; i++)
        {
            using var guess = await node.SendAsync(
                HttpMethod.Get, "/metrics", headers => headers.Authorization = new AuthenticationHeaderValue("Bearer", "guess"));
            answers.Add(guess.StatusCode);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, answers[0]);
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
        using var right = await node.SendAsync(
            HttpMethod.Get, "/metrics", headers => headers.Authorization = new AuthenticationHeaderValue("Bearer", Token));
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        using var signedIn = await SendAsync(
            node, "/sign-in", "application/x-www-form-urlencoded", $"token={Uri.EscapeDataString(Token)}");
        Assert.True(signedIn.Headers.Contains("Set-Cookie"));
    }

    private static Task<HttpResponseMessage> SendAsync(
        WebNode node, string path, string? type, string body, bool authorized = false)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (type is not null)
        {
            content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        return node.SendAsync(
            HttpMethod.Post,
            path,
            headers => headers.Authorization = authorized ? new AuthenticationHeaderValue("Bearer", Token) : null,
            content);
    }
}
