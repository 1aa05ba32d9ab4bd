using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using SernetStream.Native;
using SernetStream.Plugins;

namespace SernetStream.PluginSupervisor.Hosted;

/// <summary>The folder that plugins lie in: <c>&lt;folder&gt;/&lt;Name&gt;/&lt;Name&gt;.dll</c>.</summary>
public sealed class PluginFolder
{
    private readonly bool _isPrivileged;

    /// <summary>Plugins below <paramref name="path"/>, which need not exist.</summary>
    public PluginFolder(string path)
        : this(path, Environment.IsPrivilegedProcess)
    {
    }

    internal PluginFolder(string path, bool isPrivileged)
    {
        FullPath = Path.GetFullPath(path);
        _isPrivileged = isPrivileged;
    }

    /// <summary>Where it is.</summary>
    public string FullPath { get; }

    /// <summary>The plugins that are there, in order.</summary>
    public IReadOnlyList<string> Names => !Directory.Exists(FullPath)
        ? []
        : [.. Directory.GetDirectories(FullPath)
            .Select(folder => Path.GetFileName(folder))
            .Where(name => File.Exists(AssemblyPath(name)))
            .Order(StringComparer.Ordinal)];

    /// <summary>Finds a plugin's assembly, and checks that nobody unauthorised could have changed it.</summary>
    /// <exception cref="PluginException">It is not there, or must not be loaded.</exception>
    public string Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var path = AssemblyPath(name);
        if (name.AsSpan().ContainsAny('/', '\0') || name is "." or ".." || !File.Exists(path))
        {
            throw new PluginException(
                $"There is no plugin {name} in {FullPath}: {Path.Combine(name, name + ".dll")} does not exist. "
                + (Names is { Count: > 0 } names ? $"There are: {string.Join(", ", names)}." : "The folder holds no plugin."));
        }

        if (_isPrivileged && !OperatingSystem.IsWindows())
        {
            RefuseForeign(name, Path.GetDirectoryName(path)!);
        }

        return path;
    }

    private string AssemblyPath(string name) => Path.Combine(FullPath, name, name + ".dll");

    // If the daemon runs as root, anybody who may write here becomes root. So it loads nothing that somebody else could
    // have changed: neither the plugin's files nor a folder above them that could be exchanged.
    [UnsupportedOSPlatform("windows")]
    private static void RefuseForeign(string name, string folder)
    {
        for (var above = Path.GetDirectoryName(folder); above is not null; above = Path.GetDirectoryName(above))
        {
            // In a sticky folder, such as /tmp, only the owner of an entry can exchange it.
            RefuseForeignEntry(name, above, File.GetUnixFileMode(above).HasFlag(UnixFileMode.StickyBit));
        }

        RefuseForeignEntry(name, folder, isSticky: false);
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories))
        {
            RefuseForeignEntry(name, entry, isSticky: false);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static void RefuseForeignEntry(string name, string path, bool isSticky)
    {
        if (!isSticky && (File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
        {
            throw new PluginException(
                $"The plugin {name} is not loaded by root, because others may write to {path}. Run 'chmod go-w {path}', or "
                + "run sernetd as a user of its own.");
        }

        var owner = OwnerOf(path);
        if (owner != 0 && owner != OwnerOf(AppContext.BaseDirectory))
        {
            throw new PluginException(
                $"The plugin {name} is not loaded by root, because {path} belongs to user {owner}. Run 'chown root {path}', "
                + "or run sernetd as a user of its own.");
        }
    }

    private static uint OwnerOf(string path) =>
        LibcNative.Stat(LibcNative.CurrentFolder, path, 0, LibcNative.StatUser, out var status) == 0
            ? status.UserId
            : throw new PluginException(
                $"The owner of {path} cannot be determined: {Marshal.GetLastPInvokeErrorMessage()}.");
}
