using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.EndToEnd.Tests;

/// <summary>A daemon that keeps a diary, and <c>sernetd history</c>, which shows and deletes it.</summary>
public sealed class HistoryTests : IDisposable
{
    private readonly TemporaryFolder _state = new();

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task What_was_heard_is_shown_in_each_form_and_deleted_only_with_yes()
    {
        Assert.Equal(0, (await ListenAsync(keeps: true)).ExitCode);

        var lines = (await HistoryAsync("--format", "json")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Count(line => JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString() == "final"));
        var csv = (await HistoryAsync("--format", "csv")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines.Length + 1, csv.Length);
        Assert.Contains("kitchen: 6 utterances", (await HistoryAsync()).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await HistoryAsync("--last", "24h", "--plot", _state.PathOf("day.svg"))).ExitCode);
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(_state.PathOf("day.svg")), StringComparison.Ordinal);

        Sernetd.AssertRefused(await HistoryAsync("--delete"), 2, $"deletes {lines.Length} entries", "add --yes");
        Assert.Contains("Deleted 0 entries", (await HistoryAsync("--delete", "--before", "2020-01-31", "--yes")).Output, StringComparison.Ordinal);
        Assert.Contains($"Deleted {lines.Length} entries", (await HistoryAsync("--delete", "--yes")).Output, StringComparison.Ordinal);
        Assert.Empty((await HistoryAsync("--format", "json")).Output);
    }

    [Fact]
    public async Task None_is_kept_unless_it_is_asked_for()
    {
        Assert.Equal(0, (await ListenAsync(keeps: false)).ExitCode);
        Assert.False(Directory.Exists(_state.PathOf("diary")));
        Sernetd.AssertRefused(await HistoryAsync(), 3, "There is no diary of kitchen", "diary.keep");
    }

    [Fact]
    public async Task What_makes_no_sense_is_a_sentence()
    {
        Sernetd.AssertRefused(await HistoryAsync("--last", "5x"), 2, "--last is '5x'");
        Sernetd.AssertRefused(await HistoryAsync("--since", "yesterday"), 2, "--since is 'yesterday'");
        Sernetd.AssertRefused(await HistoryAsync("--since", "2026-01-02", "--until", "2026-01-01"), 2, "is not before");
        Sernetd.AssertRefused(await HistoryAsync("--yes"), 2, "go with --delete");
    }

    private Task<ChildResult> ListenAsync(bool keeps) => Sernetd.RunAsync(
        ["run", "--device", $"file:{Sernetd.SpokenSample}", "--speed", "max", "--output", "none", "--node", "kitchen", "--set", $"diary.keep={(keeps ? "true" : "false")}"],
        Environment());

    private Task<ChildResult> HistoryAsync(params string[] arguments) => Sernetd.RunAsync(["history", "--node", "kitchen", .. arguments], Environment());

    private Dictionary<string, string> Environment() => new() { ["STATE_DIRECTORY"] = _state.FullPath };
}
