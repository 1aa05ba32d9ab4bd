using System.Globalization;
using System.Text.RegularExpressions;
using SernetStream.Plugins.Tests.Support;

namespace SernetStream.Plugins.Tests.Host;

/// <summary>A plugin logs more than the daemon takes: most lines are dropped, and every dropped line is counted.</summary>
[Collection("alone")]
public sealed partial class TalkativePluginTests : IDisposable
{
    private readonly Hosted _hosted = new();

    [Fact]
    public async Task A_plugin_that_says_too_much_is_cut_short_and_the_daemon_keeps_its_memory()
    {
        PluginCompiler.Plugin(_hosted.Folder, "Floods", run: """
            var many = Task.Run(() => { while (true) { Console.WriteLine(new string('x', 200)); Console.Write(new string('y', 100000)); } });
            for (var i = 0; i < 5000; i++) context.Log.Information($"line {i}");
            await foreach (var e in events) { }
            """);
        await using var plugin = _hosted.Load("Floods");
        await plugin.StartAsync(default);
        await _hosted.Log.LineAsync("Floods: it writes too many lines: ");
        while (plugin.Health.Taken == 0)
        {
            await plugin.PublishAsync(Events.Make(), default);
            await Task.Yield();
        }

        Assert.InRange(_hosted.Log.Lines.Count, 50, 1000);
        Assert.All(_hosted.Log.Lines, line => Assert.InRange(line.Length, 0, 5000));
    }

    [Fact]
    public async Task What_was_left_out_is_counted_though_the_plugin_says_no_more()
    {
        PluginCompiler.Plugin(_hosted.Folder, "Floods", run: """
            for (var i = 0; i < 5000; i++) context.Log.Information($"line {i}");
            await foreach (var e in events) { }
            """);
        await using (var plugin = _hosted.Load("Floods"))
        {
            await plugin.StartAsync(default);
            while (plugin.Health.Taken == 0)
            {
                await plugin.PublishAsync(Events.Make(), default);
                await Task.Yield();
            }
        }

        var counted = _hosted.Log.Lines.Select(line => LeftOut().Match(line)).Where(match => match.Success)
            .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        var said = _hosted.Log.Lines.Count(line => line.Contains("Floods: line ", StringComparison.Ordinal));
        Assert.Equal(5000, counted + said);
    }

    public void Dispose() => _hosted.Dispose();

    [GeneratedRegex("it writes too many lines: ([0-9]+) were left out")]
    private static partial Regex LeftOut();
}
