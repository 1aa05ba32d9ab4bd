using System.Net;
using System.Text;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>The diary of a running node, as its dashboard asks for it.</summary>
public sealed class WebHistoryTests : IDisposable
{
    private readonly TemporaryFolder _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task Days_are_shown_and_deleted()
    {
        await ListenAsync();
        await using var node = await StartAsync("diary.keep=true");
        var day = await HistoryAsync(node, "");
        Assert.True(day.GetProperty("keeps").GetBoolean());
        var today = Assert.Single(day.GetProperty("days").EnumerateArray());
        Assert.Equal(24, today.GetProperty("hours").GetArrayLength());
        Assert.True(today.GetProperty("utterances").GetArrayLength() >= 6);
        Assert.Contains(today.GetProperty("hours").EnumerateArray(), hour => hour.EnumerateObject().Any());
        var week = await HistoryAsync(node, "?days=7");
        Assert.Equal(7, week.GetProperty("days").GetArrayLength());
        Assert.Equal(day.GetProperty("today").GetString(), week.GetProperty("days")[6].GetProperty("date").GetString());

        Assert.Equal((HttpStatusCode.OK, "Deleted 0 entries, for good."), await DeleteAsync(node, "{\"before\":\"2020-01-31\"}"));
        Assert.StartsWith("Deleted ", (await DeleteAsync(node, "{\"all\":true}")).Sentence, StringComparison.Ordinal);
        Assert.True((await HistoryAsync(node, "")).GetProperty("entries").GetInt64() < 6);
    }

    [Fact]
    public async Task A_node_without_a_diary_says_so()
    {
        await using var node = await StartAsync("diary.keep=false");
        var day = await HistoryAsync(node, "");
        Assert.False(day.GetProperty("keeps").GetBoolean());
        Assert.Equal(0, day.GetProperty("entries").GetInt64());
        Assert.Equal((HttpStatusCode.OK, "There is no diary of kitchen."), await DeleteAsync(node, "{\"all\":true}"));
    }

    [Fact]
    public async Task A_damaged_diary_is_a_sentence_and_can_be_removed()
    {
        Directory.CreateDirectory(_state.PathOf("diary"));
        var file = _state.Write("diary/kitchen.db", "this is no diary, and never was one; it is only text, though there is enough of it");
        await using var node = await StartAsync("diary.keep=false");
        using var answer = await node.SendAsync(HttpMethod.Get, "/api/history");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("is damaged, or not one of sernetd", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await DeleteAsync(node, "{\"before\":\"2020-01-31\"}")).Status);
        Assert.True(File.Exists(file));
        Assert.StartsWith("Removed the file", (await DeleteAsync(node, "{\"all\":true}")).Sentence, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    [Theory]
    [InlineData("?days=0")]
    [InlineData("?days=8")]
    [InlineData("?days=many")]
    [InlineData("?from=yesterday")]
    [InlineData("?from=0001-01-01")]
    [InlineData("?from=9999-12-31")]
    public async Task What_makes_no_sense_is_a_sentence(string query)
    {
        await using var node = await StartAsync("diary.keep=false");
        using var answer = await node.SendAsync(HttpMethod.Get, "/api/history" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        foreach (var body in new[] { "", "{}", "{\"all\":false}", "{\"all\":true,\"before\":\"2020-01-31\"}", "{\"before\":\"soon\"}", "{\"before\":7}" })
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await DeleteAsync(node, body)).Status);
        }
    }

    private async Task ListenAsync()
    {
        var heard = await Sernetd.RunAsync(
            ["run", "--device", $"file:{Sernetd.SpokenSample}", "--speed", "max", "--output", "none", "--node", "kitchen", "--set", "diary.keep=true"],
            Environment());
        Assert.True(heard.ExitCode == 0, heard.Errors);
    }

    private Task<WebNode> StartAsync(string setting) =>
        WebNode.StartAsync(Sernetd.SpokenSample, ["--node", "kitchen", "--set", setting], Environment());

    private Dictionary<string, string> Environment() => new() { ["STATE_DIRECTORY"] = _state.FullPath };

    private static async Task<JsonElement> HistoryAsync(WebNode node, string query) =>
        JsonDocument.Parse(await node.GetTextAsync("/api/history" + query)).RootElement;

    private static async Task<(HttpStatusCode Status, string Sentence)> DeleteAsync(WebNode node, string body)
    {
        using var answer = await node.SendAsync(
            HttpMethod.Post, "/api/history/delete", content: new StringContent(body, Encoding.UTF8, "application/json"));
        return (answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Trim());
    }
}
