using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Support;

/// <summary>Compiles plugins and libraries from a few lines of C#.</summary>
internal static class PluginCompiler
{
    private const string Usings = """
        using System; using System.Collections.Generic; using System.Linq; using System.Threading;
        using System.Threading.Tasks; using SernetStream; using SernetStream.Plugins;

        """;

    private static readonly MetadataReference[] Framework =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name
                && (name.StartsWith("System.", StringComparison.Ordinal) || name == "Microsoft.Extensions.Logging.Abstractions.dll" || name == "SernetStream.Abstractions.dll"))
            .Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>A plugin with these bodies of its two methods, which can use <c>context</c>, <c>events</c> and <c>stop</c>.</summary>
    public static void Plugin(
        TemporaryFolder folder, string name, string start = "", string run = "await foreach (var heard in events) { }", string more = "") =>
        Compile(folder, name, $$"""
            public sealed class {{name}}Plugin : IEmotionPlugin
            {
                private PluginContext context;
                {{more}}
                public async Task StartAsync(PluginContext given, CancellationToken stop) { context = given; await Task.CompletedTask; {{start}} }
                public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop) { await Task.CompletedTask; {{run}} }
            }
            """);

    /// <summary>Compiles into <c>folder/plugin/assembly.dll</c>.</summary>
    public static string Compile(
        TemporaryFolder folder, string plugin, string source, string? assembly = null, params IEnumerable<MetadataReference> more)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder.PathOf(plugin)).FullName, $"{assembly ?? plugin}.dll");
        var usesContract = !source.Contains("namespace SernetStream", StringComparison.Ordinal);
        var result = CSharpCompilation.Create(
            assembly ?? plugin,
            [CSharpSyntaxTree.ParseText((usesContract ? Usings : "") + source)],
            [.. usesContract ? Framework : Framework.Where(reference => !reference.Display!.Contains("SernetStream", StringComparison.Ordinal)), .. more],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary)).Emit(path);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        return path;
    }
}
