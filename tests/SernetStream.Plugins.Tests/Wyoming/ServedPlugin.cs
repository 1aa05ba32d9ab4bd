using System.Net;
using System.Net.Sockets;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Plugins.Wyoming;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.Wyoming;

/// <summary>The running Wyoming plugin, with its context and log.</summary>
internal sealed class ServedPlugin(WyomingPlugin plugin, FakePluginContext context, Task running) : IAsyncDisposable
{
    public FakePluginContext Context => context;

    /// <summary>Starts the plugin with settings, on a free port if they name no address.</summary>
    public static async Task<ServedPlugin> StartAsync(params (string Key, string Value)[] settings)
    {
        if (!settings.Any(setting => setting.Key.StartsWith("uris", StringComparison.Ordinal)))
        {
            settings = [.. settings, ("uris:0", "tcp://127.0.0.1:0")];
        }

        var context = new FakePluginContext("Wyoming", settings);
        var plugin = new WyomingPlugin();
        try
        {
            await plugin.StartAsync(context, default);
            return new ServedPlugin(plugin, context, plugin.RunAsync(context.Events, default));
        }
        catch
        {
            await plugin.DisposeAsync();
            throw;
        }
    }

    public async Task<WyomingClient> ConnectAsync()
    {
        var where = context.Said.Lines.First(line => line.Contains("listening at ", StringComparison.Ordinal)).Split("listening at ")[1];
        return where.StartsWith('/')
            ? await WyomingClient.ConnectAsync(new UnixDomainSocketEndPoint(where))
            : await WyomingClient.ConnectAsync(IPEndPoint.Parse(where));
    }

    public async ValueTask DisposeAsync()
    {
        context.EndEvents();
        await running.WaitAsync(ChildProcess.WaitTimeout);
        await plugin.DisposeAsync();
    }
}
