using System.Reflection;
using Microsoft.Extensions.Configuration;
using SernetStream.PluginProtocol;
using SernetStream.Plugins;

namespace SernetStream.PluginHost;

/// <summary>A plugin's code, loaded in a context of its own.</summary>
internal sealed class PluginAssembly
{
    private readonly PluginLoadContext _loadContext;
    private readonly Type _type;

    private PluginAssembly(string name, PluginLoadContext loadContext, Type type)
    {
        Name = name;
        _loadContext = loadContext;
        _type = type;
    }

    public string Name { get; }

    /// <summary>Loads the assembly, but runs nothing of it yet.</summary>
    /// <exception cref="PluginException">It is not a plugin.</exception>
    public static PluginAssembly Load(string name, string path)
    {
        var loadContext = new PluginLoadContext($"plugin {name}", path);
        try
        {
            return new PluginAssembly(name, loadContext, FindType(name, loadContext.LoadFromAssemblyPath(path)));
        }
        catch (Exception error)
        {
            loadContext.Unload();
            throw error as PluginException
                ?? new PluginException($"The plugin {name} cannot be loaded: {Cause(error).Message}", error);
        }
    }

    /// <summary>Reads a section as the plugin will, if the plugin declares its class of settings.</summary>
    /// <exception cref="PluginException">Something is wrong with the section.</exception>
    public void CheckSettings(IConfigurationSection section)
    {
        if (_type.GetCustomAttribute<PluginSettingsAttribute>() is { Type: var settings })
        {
            Bind(settings, section);
        }
    }

    /// <summary>Makes an instance; the plugin's constructor runs.</summary>
    public IEmotionPlugin Create()
    {
        try
        {
            return (IEmotionPlugin)Activator.CreateInstance(_type)!;
        }
        catch (TargetInvocationException error) when (error.InnerException is { } inner)
        {
            throw inner;
        }
    }

    /// <summary>Reads a section into whatever .NET's own binder can make.</summary>
    /// <exception cref="PluginException">Something is wrong with the section.</exception>
    public static object Bind(Type type, IConfigurationSection section) => PluginSettings.Bind(
        type, section, (value, wanted) => value.Get(wanted, options => options.ErrorOnUnknownConfiguration = true));

    private static Type FindType(string name, Assembly assembly)
    {
        Type[] types = [.. assembly.GetExportedTypes()
            .Where(type => typeof(IEmotionPlugin).IsAssignableFrom(type) && type is { IsAbstract: false, IsInterface: false })];
        return types switch
        {
            [var only] when only.GetConstructor(Type.EmptyTypes) is not null => only,
            [var only] => throw new PluginException(
                $"The plugin {name} cannot be used: {only.Name} has no public constructor without parameters."),
            [] => throw new PluginException(
                $"The plugin {name} cannot be used: it has no public class that implements {nameof(IEmotionPlugin)}."),
            _ => throw new PluginException(
                $"The plugin {name} cannot be used: more than one public class implements {nameof(IEmotionPlugin)}: "
                + $"{string.Join(", ", types.Select(type => type.Name))}."),
        };
    }

    private static Exception Cause(Exception error) =>
        error is ReflectionTypeLoadException { LoaderExceptions: [{ } first, ..] } ? first : error.GetBaseException();
}
