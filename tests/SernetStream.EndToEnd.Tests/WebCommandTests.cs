using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>What a page of the dashboard may tell the node, and who else may not.</summary>
public sealed partial class WebCommandTests
{
    /// <summary>Every path that takes a command, as the source has them: a new one is tested without a line here.</summary>
    public static TheoryData<string> Commands => [.. Paths()];

    [Fact]
    public async Task No_other_site_can_give_a_command()
    {
        await using var node = await WebNode.StartAsync("--set", "web.hosts=trusted.example");
        foreach (var path in Paths())
        {
            (string Header, string Value, HttpStatusCode Expected)[] foreigners =
            [
                ("Origin", "http://evil.example", HttpStatusCode.Forbidden),
                ("Origin", "null", HttpStatusCode.Forbidden),
                ("Origin", "http://127.0.0.1:1", HttpStatusCode.Forbidden),
                ("Origin", "http://trusted.example", HttpStatusCode.Forbidden),
                ("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden),
                ("Host", "evil.example", HttpStatusCode.MisdirectedRequest),
            ];
            foreach (var (header, value, expected) in foreigners)
            {
                using var answer = await node.SendAsync(HttpMethod.Post, path, headers => headers.TryAddWithoutValidation(header, value), Json("{}"));
                Assert.True(expected == answer.StatusCode, $"{path} with {header}: {value} answers {answer.StatusCode}");
            }

            using var nonsense = await node.SendAsync(HttpMethod.Post, path, content: Json("[1"));
            Assert.True(
                nonsense.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Found or HttpStatusCode.UnsupportedMediaType or HttpStatusCode.OK,
                $"{path} answers {nonsense.StatusCode}");
        }

        Assert.DoesNotContain(node.Process.ErrorLines, line => line.Contains("   at ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Without_the_token_there_is_no_command(string path)
    {
        using var folder = new TemporaryFolder();
        await using var node = await WebNode.StartAsync("--web-token-file", folder.Write("token", "correct horse battery staple\n"));
        using var answer = await node.SendAsync(HttpMethod.Post, path, content: Json("{}"));
        Assert.Equal(path == "/sign-in" ? HttpStatusCode.UnsupportedMediaType : HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Signing_in_leads_back_to_the_page_and_nowhere_else()
    {
        using var folder = new TemporaryFolder();
        await using var node = await WebNode.StartAsync("--web-token-file", folder.Write("token", "correct horse battery staple\n"));
        foreach (var (page, back) in new[]
        {
            ("/history", "/history"), ("/?view=wall", "/?view=wall"), ("/setup", "/setup"), ("/", "/"), ("/history?days=7", "/"),
            ("/?room=living-room", "/?room=living-room"), ("/history?room=bath", "/history?room=bath"),
        })
        {
            using var turned = await node.SendAsync(HttpMethod.Get, page);
            Assert.Equal(HttpStatusCode.Found, turned.StatusCode);
            Assert.Equal(back, await SignInAsync(turned.Headers.Location!.OriginalString));
        }

        foreach (var elsewhere in new[] { "https://evil.example/", "//evil.example", "/api/stream", "javascript:alert(1)", "/\\evil.example", "/?room=x\r\nSet-Cookie: a=b", "/?room=x\n" })
        {
            Assert.Equal("/", await SignInAsync($"/sign-in?to={Uri.EscapeDataString(elsewhere)}"));
        }

        foreach (var icon in new[] { "/app.webmanifest", "/icon-192.png", "/icon-512.png", "/icon-maskable-512.png", "/apple-touch-icon.png" })
        {
            using var shown = await node.SendAsync(HttpMethod.Get, icon);
            Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
        }

        async Task<string> SignInAsync(string address)
        {
            using var form = new FormUrlEncodedContent([new("token", "correct horse battery staple")]);
            using var answer = await node.SendAsync(HttpMethod.Post, address, content: form);
            return answer.Headers.Location!.OriginalString;
        }
    }

    [Fact]
    public async Task The_last_utterance_can_be_labelled_and_one_that_is_gone_is_answered_with_a_sentence()
    {
        await using var node = await WebNode.StartAsync("--set", "learn=labelled");
        var last = JsonDocument.Parse(await node.Process.OutputLineAsync(line => line.Contains("\"kind\":\"final\"", StringComparison.Ordinal)))
            .RootElement.GetProperty("sequence").GetInt64();
        var gone = await TellAsync(node, $"{{\"word\":\"neutral\",\"sequence\":{last - 1}}}");
        Assert.Equal(HttpStatusCode.Conflict, gone.Status);
        Assert.Contains("it is not the last one any more", gone.Sentence, StringComparison.Ordinal);

        var wrong = await TellAsync(node, $"{{\"word\":\"hungry\",\"sequence\":{last}}}");
        Assert.Equal(HttpStatusCode.Conflict, wrong.Status);
        Assert.StartsWith("It must be one of ", wrong.Sentence, StringComparison.Ordinal);

        var learnt = await TellAsync(node, $"{{\"word\":\"neutral\",\"sequence\":{last}}}");
        Assert.Equal((HttpStatusCode.OK, "Learnt as neutral; 1 utterance is labelled, in memory only."), learnt);
        Assert.Equal((HttpStatusCode.OK, "Taken back; 0 utterances are labelled, in memory only."), await TellAsync(node, "{\"word\":\"undo\"}"));
        Assert.Equal(HttpStatusCode.BadRequest, (await TellAsync(node, "{\"sequence\":1}")).Status);
    }

    [Fact]
    public async Task A_node_that_learns_nothing_says_what_to_set()
    {
        await using var node = await WebNode.StartAsync();
        var answer = await TellAsync(node, "{\"word\":\"neutral\",\"sequence\":1}");
        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Contains("set learn: labelled", answer.Sentence, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Paths() =>
        MapPost().Matches(File.ReadAllText(Repository.PathOf("src", "SernetStream.Web", "Dashboard", "DashboardServer.cs")))
            .Select(found => found.Groups["path"] is { Success: true } path ? path.Value : "/sign-in");

    private static async Task<(HttpStatusCode Status, string Sentence)> TellAsync(WebNode node, string body)
    {
        using var answer = await node.SendAsync(HttpMethod.Post, "/api/feedback", content: Json(body));
        return (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Trim());
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    [GeneratedRegex("""MapPost\((?:"(?<path>[^"]+)"|AccessGuard\.SignInPath)""")]
    private static partial Regex MapPost();
}
