using System.Globalization;
using System.Text.RegularExpressions;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Testing;
using Xunit.Abstractions;

namespace SernetStream.Plugins.Tests.EndToEnd;

/// <summary>The whole daemon beside plugins that throw, throw again and block: it hears as it does alone.</summary>
[Collection("alone")]
public sealed partial class BadCompanyTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_pipeline_does_not_notice()
    {
        PluginCompiler.Plugin(_folder, "NoStart", start: "throw new Exception(\"no lamp\");");
        PluginCompiler.Plugin(_folder, "Throws", run: "await foreach (var e in events) throw new Exception(\"no event\");");
        PluginCompiler.Plugin(_folder, "Blocks", run: "await foreach (var e in events) Thread.Sleep(-1);");
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
        var alone = await ListenAsync();
        var beside = await ListenAsync(
            "--plugin", "NoStart", "--plugin", "Throws", "--plugin", "Blocks", "--plugin", "Exits", "--plugin", "Crashes", "--plugin", "Grows");
        output.WriteLine($"alone: {alone.Summary}\nbeside: {beside.Summary}");

        Assert.Equal(alone.Utterances, beside.Utterances);
        Assert.Contains("plugin NoStart failed (Exception: no lamp); it is started again in", beside.Said, StringComparison.Ordinal);
        Assert.Contains("plugin Throws failed (Exception: no event); it is started again in", beside.Said, StringComparison.Ordinal);
        Assert.Contains("plugin Blocks had to be cancelled: it did not finish within 0.8 s", beside.Said, StringComparison.Ordinal);
        Assert.Contains("plugin Exits failed (its process ended by itself with exit code 7); it is started again in", beside.Said, StringComparison.Ordinal);
        Assert.Contains("plugin Crashes failed (its process was ended by signal", beside.Said, StringComparison.Ordinal);
        Assert.Contains("plugin Grows failed (its process took ", beside.Said, StringComparison.Ordinal);

        // A classification takes some milliseconds; a pipeline that waited for a plugin would be later by seconds. The figures are in the test's output.
        Assert.True(beside.P99Ms < alone.P99Ms + 1000, $"alone: {alone.Summary}\nbeside: {beside.Summary}");
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(string Summary, string Said, int Utterances, double P99Ms)> ListenAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("dotnet",
        [
            Repository.Daemon, "--device", $"file:{Repository.PathOf("samples", "spoken.flac")}", "--duration", "9", "--output", "none",
            "--set", $"plugin_directory={_folder.FullPath}", .. arguments,
        ]);
        Assert.True(result.ExitCode == 0, result.Errors);
        var summary = Summary().Match(result.Errors);
        return (
            summary.Value,
            result.Errors,
            int.Parse(summary.Groups["utterances"].Value, CultureInfo.InvariantCulture),
            double.Parse(summary.Groups["p99"].Value, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"heard .* (?<utterances>\d+) utterances.* p99 (?<p99>[\d.]+) ms.*")]
    private static partial Regex Summary();
}
