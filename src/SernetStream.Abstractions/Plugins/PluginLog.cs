namespace SernetStream.Plugins;

/// <summary>The log of a plugin. Lines go to the daemon's log, with the plugin's name in front.</summary>
public abstract class PluginLog
{
    /// <summary>For people who look for a fault.</summary>
    public abstract void Debug(string message);

    /// <summary>A change of state that people want to know of, once: listening, connected, connected again.</summary>
    public abstract void Information(string message);

    /// <summary>Something is wrong, and the plugin carries on. Say it once, not with every event.</summary>
    public abstract void Warning(string message);

    /// <summary>Something is wrong, and somebody has to fix it.</summary>
    public abstract void Error(string message);
}
