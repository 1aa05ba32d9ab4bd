namespace SernetStream.PluginSupervisor;

/// <summary>What a plugin is doing.</summary>
public enum PluginState
{
    /// <summary>It gets ready.</summary>
    Starting,

    /// <summary>It is given events.</summary>
    Running,

    /// <summary>It failed, and is started again after a while.</summary>
    Waiting,

    /// <summary>It failed too often, hangs, or can never work; it is left alone until the daemon is started again.</summary>
    Disabled,

    /// <summary>The daemon has ended it.</summary>
    Stopped,
}

/// <summary>
/// The condition of a plugin, and its counts since the daemon started. Speech changes are counted as events.
/// </summary>
/// <param name="Name">The plugin's name.</param>
/// <param name="State">What it is doing.</param>
/// <param name="Taken">Events it took.</param>
/// <param name="Missed">Events that came while it was not running.</param>
/// <param name="Starts">How often it was started.</param>
/// <param name="Failures">How often it failed.</param>
/// <param name="OpenStreams">Audio streams it has open.</param>
/// <param name="LastFailure">Why it failed last, as a sentence; null if it never did.</param>
public sealed record PluginHealth(
    string Name, PluginState State, long Taken, long Missed, long Starts, long Failures, int OpenStreams, string? LastFailure);
