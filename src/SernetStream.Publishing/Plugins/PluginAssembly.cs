using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Microsoft.Extensions.Configuration;
using SernetStream.Plugins;

namespace SernetStream.Publishing.Plugins;

/// <summary>A plugin's code: checked against the contract, loaded in a context of its own.</summary>
internal sealed class PluginAssembly : IDisposable
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
    /// <exception cref="PluginException">It is no plugin, or one of another contract.</exception>
    public static PluginAssembly Load(string name, string path)
    {
        RefuseOtherContract(name, path);
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

    /// <summary>Reads a section as the plugin will, where it says into what.</summary>
    /// <exception cref="PluginException">Something is wrong with the section.</exception>
    public void CheckSettings(IConfigurationSection section)
    {
        if (_type.GetCustomAttribute<PluginSettingsAttribute>() is { Type: var settings })
        {
            PluginSettings.Bind(settings, section);
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

    /// <summary>Lets the code go, once nothing of it runs any more.</summary>
    public void Dispose() => _loadContext.Unload();

    // Read from the file, before anything of it is loaded: the loader's own refusal would not say what to do.
    private static void RefuseOtherContract(string name, string path)
    {
        var contract = typeof(PluginContract).Assembly.GetName().Name;
        Version? compiledAgainst;
        try
        {
            using var file = new PEReader(File.OpenRead(path));
            var metadata = file.GetMetadataReader();
            compiledAgainst = metadata.AssemblyReferences
                .Select(metadata.GetAssemblyReference)
                .Where(reference => metadata.StringComparer.Equals(reference.Name, contract!))
                .Select(reference => reference.Version)
                .FirstOrDefault();
        }
        catch (Exception error) when (error is BadImageFormatException or InvalidOperationException or IOException
            or UnauthorizedAccessException)
        {
            throw new PluginException($"The plugin {name} cannot be read as an assembly of .NET: {path}: {error.Message}", error);
        }

        if (compiledAgainst is null)
        {
            throw new PluginException($"{path} is no plugin: it does not refer to {contract}.");
        }

        if (!PluginContract.Accepts(compiledAgainst))
        {
            throw new PluginException(
                $"The plugin {name} was built against version {compiledAgainst.ToString(2)} of the plugin contract; this "
                + $"sernetd speaks {PluginContract.Version}. Build it again with the {contract}.dll of this sernetd, or "
                + "install the plugin's release that goes with it.");
        }
    }

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
