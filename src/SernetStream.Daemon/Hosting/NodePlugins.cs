using SernetStream.Daemon.Configuration;
using SernetStream.Inference;
using SernetStream.Pipeline;
using SernetStream.Plugins;
using SernetStream.Publishing.Plugins;

namespace SernetStream.Daemon.Hosting;

/// <summary>The plugins of a node: those that the configuration and the command line name.</summary>
internal static class NodePlugins
{
    /// <summary>What the node lends to its plugins.</summary>
    public static PluginServices Services(
        EmotionModel model, Detectors detectors, PipelineOptions options, PipelineControls controls) => new(
            options.Node,
            model.Card.Name,
            model.Card.Labels,
            new PluginStreams(model, detectors, options),
            new NodeMicrophone(controls),
            TimeProvider.System);

    /// <summary>Loads the plugins; nothing of them runs yet.</summary>
    /// <exception cref="Publishing.PublisherException">One cannot be loaded.</exception>
    public static IEnumerable<PluginPublisher> Load(SettingValues settings, PluginServices services, ILoggerFactory loggers)
    {
        var folder = FolderOf(settings);
        return settings.Plugins.Select(plugin => PluginPublisher.Load(
            folder, plugin.Name, SectionOf(plugin), services, loggers.CreateLogger($"plugin {plugin.Name}")));
    }

    /// <summary>Checks that every plugin is there, and what is said for it.</summary>
    /// <exception cref="ConfigurationException">Something is wrong: all of it.</exception>
    public static void Check(SettingValues settings)
    {
        var folder = FolderOf(settings);
        var problems = settings.Plugins.Select(plugin => Problem(folder, plugin)).OfType<string>().ToList();
        if (problems.Count > 0)
        {
            throw new ConfigurationException(problems);
        }
    }

    private static string? Problem(PluginFolder folder, PluginSection plugin)
    {
        try
        {
            PluginPublisher.Check(folder, plugin.Name, SectionOf(plugin));
            return null;
        }
        catch (PluginException error)
        {
            return error.Message;
        }
    }

    private static PluginFolder FolderOf(SettingValues settings) => new(
        settings.Get(Settings.PluginDirectory) is { Length: > 0 } said ? said : Path.Combine(AppContext.BaseDirectory, "plugins"));

    private static IConfigurationSection SectionOf(PluginSection plugin)
    {
        var path = $"{Settings.PluginsKey}:{plugin.Name}";
        return new ConfigurationBuilder()
            .AddInMemoryCollection(plugin.Values.Select(value => KeyValuePair.Create($"{path}:{value.Key}", value.Value)))
            .Build()
            .GetSection(path);
    }

    private sealed class NodeMicrophone(PipelineControls controls) : IMicrophone
    {
        public IDisposable Hold() => controls.Hold();
    }
}
