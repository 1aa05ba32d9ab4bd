using Microsoft.Extensions.Configuration;
using SernetStream.Plugins.Tests.Support;
using SernetStream.PluginSupervisor;
using SernetStream.PluginSupervisor.Hosted;
using SernetStream.Publishing;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Host;

/// <summary>A folder of plugins, and one of them in its publisher, with short time limits.</summary>
internal sealed class Hosted : IDisposable
{
    /// <summary>The plugin host, built with the daemon.</summary>
    public static string Program { get; } = Path.Combine(
        Path.GetDirectoryName(Repository.Daemon)!, "plugin-host", "sernet-plugin-host");

    public static PluginLimits Quick { get; } = new()
    {
        QueueLength = 4,
        HeapBytes = 64 << 20,
        Start = TimeSpan.FromSeconds(30),
        Stop = TimeSpan.FromMilliseconds(200),
        Grace = TimeSpan.FromMilliseconds(100),
        Take = TimeSpan.FromSeconds(30),
        Failures = 3,
        RestartShortest = TimeSpan.FromMilliseconds(1),
        RestartLongest = TimeSpan.FromMilliseconds(5),
    };

    /// <summary>Shorter limits for plugins that hang.</summary>
    public static PluginLimits Impatient { get; } = Quick with { Start = TimeSpan.FromSeconds(0.5), Take = TimeSpan.FromSeconds(0.5) };

    public TemporaryFolder Folder { get; } = new();

    public TestServices Services { get; } = new();

    public ListLogger Log { get; } = new();

    public SupervisedPlugin Load(string name, IConfigurationSection? section = null, PluginLimits? limits = null) =>
        new(
            new HostedPlugin(new PluginFolder(Folder.FullPath, isPrivileged: false), name, Program),
            section ?? TestServices.Section(name),
            Services.All,
            Log,
            limits ?? Quick);

    /// <summary>The error for a plugin that cannot be used: from the search for it, or from its host.</summary>
    public async Task<string> RefusalAsync(string name)
    {
        try
        {
            await using var plugin = Load(name);
            await plugin.StartAsync(default);
            return "it was started";
        }
        catch (Exception error) when (error is PluginException or PublisherException)
        {
            return error.Message;
        }
    }

    /// <summary>Waits for the content of a file that a plugin writes. Plugin and test share nothing else.</summary>
    public async Task<string> ToldAsync(string file, Func<string, bool> fits)
    {
        using var limit = new CancellationTokenSource(ChildProcess.WaitTimeout);
        while (true)
        {
            var told = File.Exists(Folder.PathOf(file)) ? await File.ReadAllTextAsync(Folder.PathOf(file), limit.Token) : "";
            if (fits(told))
            {
                return told;
            }

            await Task.Delay(5, limit.Token);
        }
    }

    public void Dispose() => Folder.Dispose();
}
