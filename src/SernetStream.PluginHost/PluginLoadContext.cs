using System.Reflection;
using System.Runtime.Loader;
using SernetStream.Plugins;

namespace SernetStream.PluginHost;

/// <summary>
/// Where one plugin's assemblies live. It shares .NET, ASP.NET Core and the contract with its host, and nothing else: a
/// plugin brings its libraries in versions of its own.
/// </summary>
internal sealed class PluginLoadContext(string name, string assemblyPath)
    : AssemblyLoadContext(name, isCollectible: true)
{
    private static readonly HashSet<string> Framework = FrameworkAssemblies();

    private readonly AssemblyDependencyResolver _resolver = new(assemblyPath);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (assemblyName.Name == typeof(PluginContract).Assembly.GetName().Name)
        {
            return typeof(PluginContract).Assembly;
        }

        if (_resolver.ResolveAssemblyToPath(assemblyName) is { } path)
        {
            return LoadFromAssemblyPath(path);
        }

        // Null means: ask the host, which would lend its own assemblies too.
        return Framework.Contains(assemblyName.Name!)
            ? null
            : throw new FileNotFoundException($"{assemblyName.Name} {assemblyName.Version} is not in the plugin's folder.");
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    /// <summary>
    /// The assemblies of .NET and ASP.NET Core: all that this process may load, except its own. Their folder tells
    /// nothing: a self-contained host has everything in one folder.
    /// </summary>
    private static HashSet<string> FrameworkAssemblies()
    {
        string[] own = [typeof(PluginLoadContext).Assembly.GetName().Name!, typeof(PluginProtocol.Frame).Assembly.GetName().Name!];
        return ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(path => Path.GetFileNameWithoutExtension(path)!)
            .Except(own)
            .ToHashSet(StringComparer.Ordinal);
    }
}
