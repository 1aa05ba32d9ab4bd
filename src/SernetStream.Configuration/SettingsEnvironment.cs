using System.Collections;

namespace SernetStream.Configuration;

/// <summary>The variables that are ours.</summary>
internal static class SettingsEnvironment
{
    /// <summary>The prefix of all of them.</summary>
    public const string Prefix = "SERNET_";

    /// <summary>Names the configuration file.</summary>
    public const string FileVariable = Prefix + "CONFIG";

    /// <summary>Every variable of this process that begins with <see cref="Prefix"/>.</summary>
    public static IReadOnlyDictionary<string, string> OfThisProcess() => Environment.GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .Select(entry => (Name: (string)entry.Key, Value: (string?)entry.Value ?? ""))
        .Where(variable => variable.Name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);
}
