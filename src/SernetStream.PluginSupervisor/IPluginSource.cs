using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using SernetStream.PluginProtocol;
using SernetStream.Plugins;
using SernetStream.PluginSupervisor.Hosted;

namespace SernetStream.PluginSupervisor;

/// <summary>Where a plugin comes from: compiled into the daemon, or loaded by a host.</summary>
public interface IPluginSource
{
    /// <summary>The plugin's name.</summary>
    string Name { get; }

    /// <summary>
    /// How long something of it may still run after it was cancelled and its time is over: a process takes a moment to
    /// be killed, and nothing else can be.
    /// </summary>
    TimeSpan Kill { get; }

    /// <summary>Reads a section as the plugin will; it is not started.</summary>
    /// <exception cref="PluginException">The plugin or its section cannot be used.</exception>
    Task CheckAsync(IConfigurationSection section, CancellationToken cancellationToken);

    /// <summary>Makes an instance that can be started.</summary>
    /// <exception cref="PluginException">It cannot be used.</exception>
    Task<IEmotionPlugin> CreateAsync(
        PluginServices services, IConfigurationSection section, PluginLimits limits, ILogger logger, CancellationToken cancellationToken);
}

/// <summary>A plugin that is compiled into the daemon.</summary>
/// <typeparam name="T">Its class.</typeparam>
/// <param name="name">Its name.</param>
public sealed class ShippedPlugin<T>(string name) : IPluginSource
    where T : IEmotionPlugin, new()
{
    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public TimeSpan Kill => TimeSpan.Zero;

    /// <inheritdoc/>
    public Task CheckAsync(IConfigurationSection section, CancellationToken cancellationToken)
    {
        if (typeof(T).GetCustomAttribute<PluginSettingsAttribute>() is { Type: var settings })
        {
            PluginSettings.Bind(settings, section, SettingValue.Read);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IEmotionPlugin> CreateAsync(
        PluginServices services, IConfigurationSection section, PluginLimits limits, ILogger logger, CancellationToken cancellationToken) =>
        Task.FromResult<IEmotionPlugin>(new T());
}

/// <summary>A plugin in a folder, loaded by a host of its own.</summary>
public sealed class HostedPlugin : IPluginSource
{
    private readonly string _assembly;
    private readonly string _host;

    /// <summary>Finds a plugin, and checks what can be seen of it without loading it.</summary>
    /// <param name="folder">Where plugins lie.</param>
    /// <param name="name">Which one.</param>
    /// <param name="host">The program that loads it.</param>
    /// <exception cref="PluginException">It is not there, must not be loaded, or is not a plugin for this
    /// daemon.</exception>
    public HostedPlugin(PluginFolder folder, string name, string host)
    {
        ArgumentNullException.ThrowIfNull(folder);
        Name = name;
        _assembly = folder.Find(name);
        ContractCheck.Refuse(name, _assembly);
        _host = File.Exists(host)
            ? host
            : throw new PluginException(
                $"The plugin {name} needs sernet-plugin-host, and {host} is not there: install the package sernetd-plugin-host.");
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public TimeSpan Kill => TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task CheckAsync(IConfigurationSection section, CancellationToken cancellationToken)
    {
        var nothing = new PluginServices("check", "", [], null!, null!, TimeProvider.System);
        var instance = await LaunchAsync(nothing, section, new PluginLimits(), cancellationToken).ConfigureAwait(false);
        await using (instance.ConfigureAwait(false))
        {
            await instance.CheckAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<IEmotionPlugin> CreateAsync(
        PluginServices services, IConfigurationSection section, PluginLimits limits, ILogger logger, CancellationToken cancellationToken) =>
        await LaunchAsync(services, section, limits, cancellationToken).ConfigureAwait(false);

    private Task<HostedInstance> LaunchAsync(
        PluginServices services, IConfigurationSection section, PluginLimits limits, CancellationToken cancellationToken)
    {
        var load = new LoadMessage(
            Frame.Version,
            Name,
            Path.GetFullPath(_assembly),
            services.Node,
            services.Model,
            services.Labels,
            section.Path,
            section.AsEnumerable().ToDictionary(pair => pair.Key, pair => pair.Value));
        return HostedInstance.LaunchAsync(_host, load, limits, cancellationToken);
    }
}
