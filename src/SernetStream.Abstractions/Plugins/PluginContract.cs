namespace SernetStream.Plugins;

/// <summary>
/// The version of what plugins compile against. It is the assembly version of SernetStream.Abstractions, so a compiler
/// notes it in every plugin without its author's help. The major number moves when a plugin would have to be changed, the
/// minor one when something was added.
/// </summary>
public static class PluginContract
{
    /// <summary>The version this daemon speaks, major and minor.</summary>
    public static Version Version { get; } = MajorAndMinor(typeof(PluginContract).Assembly.GetName().Version!);

    /// <summary>
    /// Whether a plugin that was compiled against <paramref name="compiledAgainst"/> works here: the same major number, and
    /// no later minor one.
    /// </summary>
    public static bool Accepts(Version compiledAgainst)
    {
        ArgumentNullException.ThrowIfNull(compiledAgainst);
        return compiledAgainst.Major == Version.Major && compiledAgainst.Minor <= Version.Minor;
    }

    private static Version MajorAndMinor(Version version) => new(version.Major, version.Minor);
}
