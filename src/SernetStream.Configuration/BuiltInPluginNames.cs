namespace SernetStream.Configuration;

/// <summary>The names of the plugins that are compiled into the daemon, as the settings use them.</summary>
internal static class BuiltInPluginNames
{
    public const string Exec = "Exec";
    public const string Hermes = "Hermes";
    public const string OpenVoiceOS = "OpenVoiceOS";
    public const string Webhook = "Webhook";
    public const string Wyoming = "Wyoming";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Exec, Hermes, OpenVoiceOS, Webhook, Wyoming];
}
