using Microsoft.CodeAnalysis;
using SernetStream.Plugins.Tests.Support;

namespace SernetStream.Plugins.Tests.Host;

public sealed class PluginLoadingTests : IDisposable
{
    private readonly Hosted _hosted = new();

    [Fact]
    public async Task A_plugin_is_given_what_is_heard_and_ends_when_asked()
    {
        var told = _hosted.Folder.PathOf("told");
        PluginCompiler.Plugin(_hosted.Folder, "Notes", run: $$"""
            await foreach (var heard in events)
                System.IO.File.AppendAllText("{{told}}", heard switch {
                    EmotionHeard { Event: var e } => $"{context.Name} {context.Node} {e.Emotion}\n",
                    SpeechChanged s => $"{s.Speaking}\n", _ => "?" });
            System.IO.File.AppendAllText("{{told}}", "end\n");
            """);
        var plugin = _hosted.Load("Notes", limits: new PluginSupervisor.PluginLimits());
        await plugin.StartAsync(default);
        await plugin.PublishSpeechAsync(true, default);
        await plugin.PublishAsync(Events.Make(), default);
        await plugin.FinishAsync(CancellationToken.None);
        await plugin.DisposeAsync();
        Assert.Equal("True\nNotes kitchen anger\nend\n", await File.ReadAllTextAsync(told));
        var health = plugin.Health;
        Assert.Equal(PluginSupervisor.PluginState.Stopped, health.State);
        Assert.Equal((2, 0, 1, 0), (health.Taken, health.Missed, health.Starts, health.Failures));
    }

    [Fact]
    public async Task Two_plugins_have_two_versions_of_one_library()
    {
        foreach (var version in (string[])["1.0.0.0", "2.0.0.0"])
        {
            var name = $"Uses{version[0]}";
            var library = PluginCompiler.Compile(_hosted.Folder, name, $$"""
                [assembly: System.Reflection.AssemblyVersion("{{version}}")]
                public static class Words { public const int N = 0; public static string Say() => "library {{version}}"; }
                """, assembly: "Words");
            PluginCompiler.Compile(_hosted.Folder, name, $$"""
                public sealed class P : IEmotionPlugin
                {
                    public Task StartAsync(PluginContext context, CancellationToken stop)
                    {
                        System.IO.File.WriteAllText("{{_hosted.Folder.PathOf(name + ".told")}}", Words.Say());
                        return Task.CompletedTask;
                    }
                    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop) { await foreach (var e in events) { } }
                }
                """, assembly: null, more: MetadataReference.CreateFromFile(library));
        }

        var (one, two) = (_hosted.Load("Uses1"), _hosted.Load("Uses2"));
        await one.StartAsync(default);
        await two.StartAsync(default);
        Assert.Equal("library 1.0.0.0", await _hosted.ToldAsync("Uses1.told", told => told.Length > 0));
        Assert.Equal("library 2.0.0.0", await _hosted.ToldAsync("Uses2.told", told => told.Length > 0));
        await one.DisposeAsync();
        await two.DisposeAsync();
    }

    [Fact]
    public async Task The_hosts_own_libraries_are_not_lent()
    {
        PluginCompiler.Compile(_hosted.Folder, "Borrows", """
            public sealed class P : IEmotionPlugin
            {
                public Task StartAsync(PluginContext context, CancellationToken stop) => Use();
                private static Task Use() { _ = SernetStream.PluginProtocol.Frame.Version.ToString() + typeof(SernetStream.PluginProtocol.Frame); return Task.CompletedTask; }
                public Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop) => Task.CompletedTask;
            }
            """, assembly: null, more: MetadataReference.CreateFromFile(typeof(PluginProtocol.Frame).Assembly.Location));
        await using var plugin = _hosted.Load("Borrows");
        await plugin.StartAsync(default);
        await _hosted.Log.LineAsync("SernetStream.PluginProtocol");
    }

    [Theory]
    [InlineData("2.0.0.0", "version 2.0 of the plugin contract; this sernetd supports 1.4")]
    [InlineData("1.7.0.0", "version 1.7 of the plugin contract; this sernetd supports 1.4")]
    public async Task A_plugin_of_another_contract_is_refused_with_a_sentence(string version, string sentence)
    {
        var contract = PluginCompiler.Compile(_hosted.Folder, "elsewhere", $$"""
            [assembly: System.Reflection.AssemblyVersion("{{version}}")]
            namespace SernetStream.Plugins { public interface IEmotionPlugin { } }
            """, assembly: "SernetStream.Abstractions");
        PluginCompiler.Compile(
            _hosted.Folder,
            "Late",
            "namespace SernetStream.Other { public sealed class P : SernetStream.Plugins.IEmotionPlugin { } }",
            assembly: null,
            more: MetadataReference.CreateFromFile(contract));
        Assert.Contains(sentence, await _hosted.RefusalAsync("Late"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_plugin_is_refused_with_a_sentence()
    {
        Assert.Contains("The folder holds no plugin", await _hosted.RefusalAsync("Absent"), StringComparison.Ordinal);

        Directory.CreateDirectory(_hosted.Folder.PathOf("Text"));
        _hosted.Folder.Write("Text/Text.dll", "This is no assembly.");
        Assert.Contains("cannot be read as an assembly", await _hosted.RefusalAsync("Text"), StringComparison.Ordinal);
        Assert.Contains("There are: Text.", await _hosted.RefusalAsync("Txet"), StringComparison.Ordinal);
        Assert.Contains("There is no plugin ../x", await _hosted.RefusalAsync("../x"), StringComparison.Ordinal);

        PluginCompiler.Compile(_hosted.Folder, "Library", "public class C { }");
        Assert.Contains("is not a plugin: it does not reference", await _hosted.RefusalAsync("Library"), StringComparison.Ordinal);

        PluginCompiler.Compile(_hosted.Folder, "NoClass", "public class C { public EmotionEvent E; }");
        Assert.Contains("has no public class that implements", await _hosted.RefusalAsync("NoClass"), StringComparison.Ordinal);

        const string Body = """
            public Task StartAsync(PluginContext context, CancellationToken stop) => null;
            public Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop) => null;
            """;
        PluginCompiler.Compile(_hosted.Folder, "Two", $"public class A : IEmotionPlugin {{ {Body} }} public class B : IEmotionPlugin {{ {Body} }}");
        Assert.Contains("more than one public class implements IEmotionPlugin: A, B", await _hosted.RefusalAsync("Two"), StringComparison.Ordinal);

        PluginCompiler.Compile(_hosted.Folder, "Needy", $"public class A : IEmotionPlugin {{ public A(int i) {{ }} {Body} }}");
        Assert.Contains("A has no public constructor", await _hosted.RefusalAsync("Needy"), StringComparison.Ordinal);
    }

    public void Dispose() => _hosted.Dispose();
}
