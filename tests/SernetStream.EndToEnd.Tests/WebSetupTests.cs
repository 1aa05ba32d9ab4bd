using System.Net;
using System.Text;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>Health, device choice and broker test in the browser: who may, what they answer, and what they never tell.</summary>
public sealed class WebSetupTests : IDisposable
{
    private const string Password = "swordfish-4711";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_a_token_setup_is_for_a_browser_on_this_machine_alone()
    {
        await using var node = await WebNode.StartAsync("--set", "web.hosts=kitchen.example");
        foreach (var path in new[] { "/api/doctor", "/api/broker", "/api/device", "/api/devices" })
        {
            (string Header, string Value)[] others =
            [
                ("Host", $"kitchen.example:{node.Port}"), ("Host", $"{Environment.MachineName}:{node.Port}"), ("Host", $"192.168.1.20:{node.Port}"),
                ("X-Forwarded-For", "192.168.1.66"), ("Forwarded", "for=192.168.1.66"), ("Via", "1.1 proxy"),
            ];
            foreach (var (header, value) in others)
            {
                using var answer = await node.SendAsync(
                    path == "/api/devices" ? HttpMethod.Get : HttpMethod.Post, path, headers => headers.TryAddWithoutValidation(header, value), path == "/api/devices" ? null : Json("{}"));
                Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{path} with {header}: {value} answers {answer.StatusCode}");
                Assert.Contains("web.token_file", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task With_the_token_setup_works_from_elsewhere()
    {
        await using var node = await WebNode.StartAsync(
            "--web-token-file", _folder.Write("token", "correct horse battery staple\n"), "--set", "web.hosts=kitchen.example");
        using var answer = await node.SendAsync(HttpMethod.Get, "/api/devices", headers =>
        {
            headers.TryAddWithoutValidation("Host", "kitchen.example");
            headers.TryAddWithoutValidation("Authorization", "Bearer correct horse battery staple");
        });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task The_doctor_says_what_is_wrong_and_is_not_asked_without_end()
    {
        await using var node = await WebNode.StartAsync("--mqtt", $"127.0.0.1:{Loopback.FreePort()}");
        var (status, text) = await TellAsync(node, "/api/doctor", "{}");
        Assert.Equal(HttpStatusCode.OK, status);
        var answer = JsonDocument.Parse(text).RootElement;
        Assert.False(answer.GetProperty("ok").GetBoolean());
        var findings = answer.GetProperty("findings").EnumerateArray().ToList();
        Assert.Equal(
            ["broker", "clock", "device", "libraries", "model", "plugins", "processor"],
            findings.Select(finding => finding.GetProperty("check").GetString()).Distinct().Order());
        Assert.Contains(findings, finding => finding.GetProperty("check").GetString() == "broker"
            && finding.GetProperty("severity").GetString() == "fault" && finding.GetProperty("mend").GetString()!.Length > 0);

        using var again = await node.SendAsync(HttpMethod.Post, "/api/doctor", content: Json("{}"));
        Assert.Equal(HttpStatusCode.TooManyRequests, again.StatusCode);
        Assert.True(again.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Contains("ask again in", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [NeedsFact("mosquitto", "mosquitto_passwd")]
    public async Task A_broker_is_tried_and_the_password_is_nowhere_to_be_read()
    {
        await using var broker = await MosquittoBroker.StartNewAsync("kitchen", Password);
        await using var node = await WebNode.StartAsync();
        var (status, text) = await TellAsync(
            node, "/api/broker", $"{{\"broker\":\"mqtt://127.0.0.1:{broker.Port}\",\"user\":\"kitchen\",\"password\":\"{Password}\"}}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("accepts this node, keeps its messages, and delivers its commands", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, text, StringComparison.Ordinal);

        foreach (var wrong in new[] { "wrong", Password + "1" })
        {
            (_, text) = await UntilTakenAsync(
                node, $"{{\"broker\":\"127.0.0.1:{broker.Port}\",\"user\":\"kitchen\",\"password\":\"{wrong}\"}}");
            Assert.Contains("does not accept this node", text, StringComparison.Ordinal);
            Assert.DoesNotContain(wrong, text, StringComparison.Ordinal);
        }

        (status, text) = await UntilTakenAsync(node, $"{{\"broker\":\"mqtt://kitchen:{Password}@127.0.0.1\"}}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.DoesNotContain(Password, text, StringComparison.Ordinal);
        foreach (var body in new[] { "{}", "{\"broker\":7}", "{\"broker\":\"\"}", "{\"broker\":\"http://a\"}", "{\"broker\":\"a b\"}" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await UntilTakenAsync(node, body)).Status);
        }

        Assert.DoesNotContain(node.Process.ErrorLines, line => line.Contains(Password, StringComparison.Ordinal));
    }

    [NeedsFact("mosquitto", "mosquitto_passwd")]
    public async Task The_nodes_own_password_goes_to_its_own_broker_alone()
    {
        await using var own = await MosquittoBroker.StartNewAsync("kitchen", Password);
        await using var other = await MosquittoBroker.StartNewAsync("kitchen", Password);
        await using var node = await WebNode.StartAsync(
            "--mqtt", $"127.0.0.1:{own.Port}", "--set", "mqtt.user=kitchen", "--set", $"mqtt.password_file={_folder.Write("password", Password)}");
        Assert.Contains("accepts this node", (await TellAsync(node, "/api/broker", $"{{\"broker\":\"127.0.0.1:{own.Port}\"}}")).Text, StringComparison.Ordinal);
        Assert.Contains(
            "does not accept this node", (await UntilTakenAsync(node, $"{{\"broker\":\"127.0.0.1:{other.Port}\"}}")).Text, StringComparison.Ordinal);
        Assert.Contains(
            "does not accept this node", (await UntilTakenAsync(node, $"{{\"broker\":\"127.0.0.1:{other.Port}\",\"user\":\"kitchen\"}}")).Text, StringComparison.Ordinal);
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task A_device_is_chosen_from_the_list_and_written_where_the_file_may_be_written()
    {
        await using var room = await PulseRoom.OpenAsync();
        var file = _folder.Write("sernetd.yaml", "# my kitchen\nnode: kitchen\ndevice: pulse   # the one by the window\n");
        await using var node = await WebNode.StartAsync(["--config", file], room.Environment);
        var list = JsonDocument.Parse(await node.GetTextAsync("/api/devices")).RootElement;
        Assert.Equal("pulse", list.GetProperty("chosen").GetString());
        var names = list.GetProperty("devices").EnumerateArray().Select(device => device.GetProperty("name").GetString()).ToList();
        Assert.Contains("pulse", names);

        var (status, _) = await TellAsync(node, "/api/device", "{\"device\":\"file:/etc/passwd\"}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("window", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        var other = names.FirstOrDefault(name => name != "pulse") ?? "pulse";
        var told = JsonDocument.Parse((await TellAsync(node, "/api/device", JsonSerializer.Serialize(new { device = other }))).Text).RootElement;
        Assert.Equal("", told.GetProperty("line").GetString());
        Assert.Contains($"Written into {file}. Restart sernetd", told.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        var lines = await File.ReadAllLinesAsync(file);
        Assert.Equal(("# my kitchen", "node: kitchen"), (lines[0], lines[1]));
        Assert.StartsWith("device: ", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("   # the one by the window", lines[2], StringComparison.Ordinal);
        var check = await Sernetd.RunAsync("config", "check", file);
        Assert.True(check.ExitCode == 0, check.Errors);
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task Where_nothing_can_be_written_the_line_is_said()
    {
        await using var room = await PulseRoom.OpenAsync();
        await using var node = await WebNode.StartAsync(["--device", "pulse"], room.Environment);
        var told = JsonDocument.Parse((await TellAsync(node, "/api/device", "{\"device\":\"pulse\"}")).Text).RootElement;
        Assert.StartsWith("--device says what to listen to", told.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.Equal("device: pulse", told.GetProperty("line").GetString());

        var file = _folder.Write("flow.yaml", "{device: puls, node: kitchen}\n");
        await using var other = await WebNode.StartAsync(["--config", file], room.Environment);
        told = JsonDocument.Parse((await TellAsync(other, "/api/device", "{\"device\":\"pulse\"}")).Text).RootElement;
        Assert.Contains($"may not change {file}", told.GetProperty("sentence").GetString(), StringComparison.Ordinal);
        Assert.Equal("{device: puls, node: kitchen}\n", await File.ReadAllTextAsync(file));
    }

    /// <summary>Asks again as long as it was asked a moment ago.</summary>
    private static async Task<(HttpStatusCode Status, string Text)> UntilTakenAsync(WebNode node, string body)
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        while (true)
        {
            var answer = await TellAsync(node, "/api/broker", body);
            if (answer.Status != HttpStatusCode.TooManyRequests)
            {
                return answer;
            }

            await Task.Delay(200, limit.Token);
        }
    }

    private static async Task<(HttpStatusCode Status, string Text)> TellAsync(WebNode node, string path, string body)
    {
        using var answer = await node.SendAsync(HttpMethod.Post, path, content: Json(body));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
