namespace SernetStream.Configuration;

/// <summary>
/// Variables of plugins' settings: <c>SERNET_PLUGINS_WEBHOOK_TIME_LIMIT</c> is <c>plugins.Webhook.time_limit</c>, and two
/// underscores stand for a further full stop, as in Microsoft.Extensions.Configuration.
/// </summary>
internal static class PluginVariables
{
    private const string Prefix = SettingsEnvironment.Prefix + "PLUGINS_";

    public static bool IsOne(string variable) => variable.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The variable of a plugin's setting.</summary>
    public static string Of(string plugin, string key) =>
        $"{Prefix}{Plain(plugin)}_{key.Replace(".", "__", StringComparison.Ordinal)}".ToUpperInvariant();

    /// <summary>The key below <c>plugins</c> that a variable stands for; null if it is of none of these plugins.</summary>
    public static string? KeyOf(string variable, IEnumerable<string> plugins)
    {
        var rest = variable[Prefix.Length..];
        var plugin = plugins
            .Where(name => rest.StartsWith(Plain(name), StringComparison.OrdinalIgnoreCase)
                && (rest.Length == name.Length || rest[name.Length] == '_'))
            .MaxBy(name => name.Length);
        if (plugin is null || rest.Length == plugin.Length)
        {
            return plugin;
        }

        var key = rest[(plugin.Length + 1)..].ToLowerInvariant().Replace("__", ".", StringComparison.Ordinal);
        return $"{plugin}.{key}";
    }

    /// <summary>The plugins that lie in a folder; none if there is no such folder.</summary>
    /// <param name="folder">Null or empty: the folder beside sernetd.</param>
    public static IEnumerable<string> InstalledIn(string? folder)
    {
        var path = string.IsNullOrEmpty(folder) ? Path.Combine(AppContext.BaseDirectory, "plugins") : folder;
        try
        {
            return [.. Directory.EnumerateDirectories(path).Select(Path.GetFileName).OfType<string>()];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The search for a plugin reports a missing folder.
            return [];
        }
    }

    // A variable has no hyphens and full stops.
    private static string Plain(string name) => name.Replace('-', '_').Replace('.', '_');
}
