using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using SernetStream.Plugins;

namespace SernetStream.PluginSupervisor.Hosted;

/// <summary>
/// Finds the contract that a plugin was compiled against, from its file before anything is loaded: the loader's own
/// error would not say what to do.
/// </summary>
internal static class ContractCheck
{
    /// <exception cref="PluginException">It is not a plugin, or one for another contract.</exception>
    public static void Refuse(string name, string path)
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
            throw new PluginException($"{path} is not a plugin: it does not reference {contract}.");
        }

        if (!PluginContract.Accepts(compiledAgainst))
        {
            throw new PluginException(
                $"The plugin {name} was built against version {compiledAgainst.ToString(2)} of the plugin contract; this "
                + $"sernetd supports {PluginContract.Version}. Build it again with the {contract}.dll of this sernetd, or "
                + "install the plugin's release for this version.");
        }
    }
}
