using System.Text.Json;
using System.Text.RegularExpressions;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.EndToEnd;

/// <summary>The whole daemon with plugins that throw repeatedly and block: its results are those without plugins.</summary>
[Collection("alone")]
public sealed partial class FaultyPluginIsolationTests(ITestOutputHelper output) : IDisposable
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("SERNET_SOAK") == "1";

    /// <summary>Utterances that are compared: 3 minutes of them with SERNET_SOAK=1, enough for a 99th percentile.</summary>
    private static readonly int Compared = IsLong ? 42 : 2;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_pipeline_does_not_notice()
    {
        PluginCompiler.Plugin(_folder, "NoStart", start: "throw new Exception(\"no lamp\");");
        PluginCompiler.Plugin(_folder, "Throws", run: "await foreach (var e in events) throw new Exception(\"no event\");");
        PluginCompiler.Plugin(_folder, "Blocks", run: """
            await foreach (var e in events)
            {
                context.Log.Warning("blocks from now on");
                Thread.Sleep(-1);
            }
            """);
        PluginCompiler.Plugin(_folder, "Exits", run: "await foreach (var e in events) Environment.Exit(7);");
        PluginCompiler.Plugin(_folder, "Crashes", run: "await foreach (var e in events) System.Runtime.InteropServices.Marshal.GetDelegateForFunctionPointer<Action>(System.Runtime.InteropServices.NativeLibrary.GetExport(System.Runtime.InteropServices.NativeLibrary.Load(\"libc.so.6\"), \"abort\"))();");
        PluginCompiler.Plugin(_folder, "Grows", run: """
            var all = new List<IntPtr>();
            while (true)
            {
                var more = System.Runtime.InteropServices.Marshal.AllocHGlobal(1 << 24);
                for (var i = 0; i < 1 << 24; i += 4096) System.Runtime.InteropServices.Marshal.WriteByte(more, i, 1);
            }
            """);
        // Long enough for all plugins to fail before the recording ends.
        var spoken = _folder.PathOf("spoken.flac");
        var sox = await ChildProcess.RunAsync("sox", [.. Enumerable.Repeat(Repository.PathOf("samples", "spoken.flac"), IsLong ? 8 : 4), spoken]);
        Assert.True(sox.ExitCode == 0, sox.Errors);

        var alone = await ListenAsync(spoken, [], []);
        var beside = await ListenAsync(
            spoken,
            ["NoStart", "Throws", "Blocks", "Exits", "Crashes", "Grows"],
            [
                "plugin NoStart failed (Exception: no lamp); starting it again in",
                "plugin Throws failed (Exception: no event); starting it again in",
                "plugin Exits failed (its process ended by itself with exit code 7); starting it again in",
                "plugin Crashes failed (its process was ended by signal",
                "plugin Grows failed (its process used ",
                "blocks from now on",
            ]);
        output.WriteLine($"alone: {alone.Summary}\nbeside: {beside.Summary}");

        Assert.Equal(alone.Finals, beside.Finals);
        // The blocked plugin is reported before the stop, even on a machine that starts the others slowly.
        Assert.True(BlocksIsNamed().IsMatch(beside.Said), beside.Said);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Listens until the finals to compare and all of <paramref name="lines"/> have come, then sends SIGTERM.</summary>
    private async Task<(string Summary, string Said, List<(double Start, double End)> Finals)> ListenAsync(
        string recording, string[] plugins, string[] lines)
    {
        await using var daemon = ChildProcess.Start("dotnet",
        [
            Repository.Daemon, "--device", $"file:{recording}", "--output", "json", "--set", $"plugin_directory={_folder.FullPath}",
            .. plugins.SelectMany(plugin => new[] { "--plugin", plugin }),
        ]);
        foreach (var expected in lines)
        {
            await daemon.ErrorLineAsync(line => line.Contains(expected, StringComparison.Ordinal), TimeSpan.FromSeconds(90));
        }

        await daemon.OutputLineAsync(_ => daemon.OutputLines.Count(IsFinal) >= Compared, TimeSpan.FromSeconds(IsLong ? 400 : 90));
        daemon.Terminate();
        var result = await daemon.ExitAsync();
        Assert.True(result.ExitCode == 0, result.Errors);
        return (Summary().Match(result.Errors).Value, result.Errors, [.. result.Output.Split('\n').Where(IsFinal).Take(Compared).Select(Times)]);
    }

    private static bool IsFinal(string line) => line.Contains("\"kind\":\"final\"", StringComparison.Ordinal);

    private static (double Start, double End) Times(string line)
    {
        using var json = JsonDocument.Parse(line);
        return (json.RootElement.GetProperty("audioStart").GetDouble(), json.RootElement.GetProperty("audioEnd").GetDouble());
    }

    [GeneratedRegex(@"plugin Blocks (had to be cancelled: it did not finish within 0\.8 s|failed \(it took no event for)")]
    private static partial Regex BlocksIsNamed();

    [GeneratedRegex(@"heard .* utterances.* p99 [\d.]+ ms.*")]
    private static partial Regex Summary();
}
