using Microsoft.Extensions.Configuration;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Publishing.Plugins;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Host;

/// <summary>A folder of plugins, and one of them in its publisher, with limits that do not make a test wait.</summary>
internal sealed class Hosted : IDisposable
{
    public static PluginLimits Quick { get; } = new()
    {
        QueueLength = 4,
        Start = TimeSpan.FromMilliseconds(200),
        Stop = TimeSpan.FromMilliseconds(200),
        Grace = TimeSpan.FromMilliseconds(100),
        Take = TimeSpan.FromMilliseconds(200),
        Failures = 3,
        RestartShortest = TimeSpan.FromMilliseconds(1),
        RestartLongest = TimeSpan.FromMilliseconds(5),
    };

    public TemporaryFolder Folder { get; } = new();

    public TestServices Services { get; } = new();

    public ListLogger Log { get; } = new();

    public PluginPublisher Load(string name, IConfigurationSection? section = null, PluginLimits? limits = null) =>
        PluginPublisher.Load(
            new PluginFolder(Folder.FullPath, isPrivileged: false),
            name,
            section ?? TestServices.Section(name),
            Services.All,
            Log,
            limits ?? Quick);

    public string Refusal(string name) =>
        Assert.Throws<PublisherException>(() => Load(name)).Message;

    /// <summary>Where plugins write what they have to tell, by <c>System.IO.File</c>: nothing else is shared.</summary>
    public async Task<string> ToldAsync(string file, Func<string, bool> fits)
    {
        using var limit = new CancellationTokenSource(ChildProcess.Patience);
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
