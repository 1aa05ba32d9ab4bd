using SernetStream.Plugins.Exec;
using SernetStream.Plugins.OpenVoiceOS;
using SernetStream.Plugins.Webhook;
using SernetStream.Plugins.Wyoming;
using SernetStream.Publishing.Plugins;

namespace SernetStream.Daemon.Hosting;

/// <summary>The plugins that are compiled into the daemon. They have the contract that any other has.</summary>
internal static class ShippedPlugins
{
    private static readonly IPluginSource[] All =
    [
        new ShippedPlugin<ExecPlugin>("Exec"),
        new ShippedPlugin<BusPlugin>("OpenVoiceOS"),
        new ShippedPlugin<WebhookPlugin>("Webhook"),
        new ShippedPlugin<WyomingPlugin>("Wyoming"),
    ];

    /// <summary>What they are called.</summary>
    public static IEnumerable<string> Names => All.Select(plugin => plugin.Name);

    /// <summary>The plugin of this name; null: it is none of these.</summary>
    public static IPluginSource? Find(string name) => Array.Find(All, plugin => plugin.Name == name);
}
