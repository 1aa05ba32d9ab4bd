using SernetStream.Configuration;
using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.PluginProtocol;
using SernetStream.Plugins;
using SernetStream.PluginSupervisor;
using SernetStream.PluginSupervisor.Hosted;
using SernetStream.PluginSupervisor.Streams;
using SernetStream.Publishing;
using SernetStream.Speech;

namespace SernetStream.Daemon.Hosting;

/// <summary>The plugins of a node: those that the configuration and the command line name.</summary>
internal static class NodePlugins
{
    /// <summary>What the node lends to its plugins.</summary>
    public static PluginServices Services(
        EmotionModel model, SpeechDetectorFactory detectors, PipelineOptions options, Func<IDisposable> hold) => new(
            options.Node,
            model.Card.Name,
            model.Card.Labels,
            new PluginStreams(model, detectors, options),
            new NodeMicrophone(hold),
            TimeProvider.System);

    /// <summary>Finds the plugins; nothing of them runs yet.</summary>
    /// <exception cref="PublisherException">One cannot be used.</exception>
    public static IEnumerable<SupervisedPlugin> Load(SettingValues settings, PluginServices services, ILoggerFactory loggers) =>
        settings.Plugins.Select(plugin =>
        {
            try
            {
                return new SupervisedPlugin(
                    SourceOf(settings, plugin.Name), SectionOf(plugin), services, loggers.CreateLogger($"plugin {plugin.Name}"));
            }
            catch (PluginException error)
            {
                throw new PublisherException(error.Message, error);
            }
        });

    /// <summary>Checks that every plugin exists, and its settings.</summary>
    /// <exception cref="ConfigurationException">Something is wrong: all of it.</exception>
    public static void Check(SettingValues settings)
    {
        var problems = settings.Plugins.Select(plugin => Problem(settings, plugin)).OfType<string>().ToList();
        if (problems.Count > 0)
        {
            throw new ConfigurationException(problems);
        }
    }

    private static string? Problem(SettingValues settings, PluginSection plugin)
    {
        try
        {
            using var limit = new CancellationTokenSource(new PluginLimits().Host);
            SourceOf(settings, plugin.Name).CheckAsync(SectionOf(plugin), limit.Token).GetAwaiter().GetResult();
            return null;
        }
        catch (Exception error) when (error is PluginException or RemoteException or IOException)
        {
            return error is PluginException ? error.Message : $"The plugin {plugin.Name} cannot be loaded: {error.Message}.";
        }
        catch (OperationCanceledException)
        {
            return $"The plugin {plugin.Name} was not loaded in {new PluginLimits().Host.TotalSeconds:0} s.";
        }
    }

    /// <summary>The plugins of this repository are compiled in; any other is loaded by a host.</summary>
    private static IPluginSource SourceOf(SettingValues settings, string name) =>
        BuiltInPlugins.Find(name) ?? new HostedPlugin(FolderOf(settings), name, HostProgram);

    private static string HostProgram => Path.Combine(AppContext.BaseDirectory, "plugin-host", "sernet-plugin-host");

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

    private sealed class NodeMicrophone(Func<IDisposable> hold) : IMicrophone
    {
        public IDisposable Hold() => hold();
    }
}
