using System.Reflection;
using System.Runtime.Loader;
using SernetStream.Plugins;

namespace SernetStream.Publishing.Plugins;

/// <summary>
/// Where one plugin's assemblies live. It shares .NET and the contract with the daemon, and nothing else: two plugins may
/// bring different versions of one library, and neither sees those of the daemon.
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

        // Null means: ask the daemon, which would lend its own libraries too.
        return Framework.Contains(assemblyName.Name!)
            ? null
            : throw new FileNotFoundException($"{assemblyName.Name} {assemblyName.Version} is not in the plugin's folder.");
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    /// <summary>What .NET and ASP.NET Core bring: all that this process may load, but for what lies beside it.</summary>
    private static HashSet<string> FrameworkAssemblies() =>
        ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(path => !path.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal))
            .Select(path => Path.GetFileNameWithoutExtension(path)!)
            .ToHashSet(StringComparer.Ordinal);
}
