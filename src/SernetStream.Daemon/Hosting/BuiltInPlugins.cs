using SernetStream.Configuration;
using SernetStream.Plugins.Exec;
using SernetStream.Plugins.Hermes;
using SernetStream.Plugins.OpenVoiceOS;
using SernetStream.Plugins.Webhook;
using SernetStream.Plugins.Wyoming;
using SernetStream.PluginSupervisor;

namespace SernetStream.Daemon.Hosting;

/// <summary>The plugins that are compiled into the daemon. They have the contract that any other has.</summary>
internal static class BuiltInPlugins
{
    private static readonly IPluginSource[] All =
    [
        new ShippedPlugin<ExecPlugin>(BuiltInPluginNames.Exec),
        new ShippedPlugin<HermesPlugin>(BuiltInPluginNames.Hermes),
        new ShippedPlugin<BusPlugin>(BuiltInPluginNames.OpenVoiceOS),
        new ShippedPlugin<WebhookPlugin>(BuiltInPluginNames.Webhook),
        new ShippedPlugin<WyomingPlugin>(BuiltInPluginNames.Wyoming),
    ];

    /// <summary>What they are called.</summary>
    public static IEnumerable<string> Names => All.Select(plugin => plugin.Name);

    /// <summary>The plugin of this name; null: it is none of these.</summary>
    public static IPluginSource? Find(string name) => Array.Find(All, plugin => plugin.Name == name);
}
