namespace SernetStream.Plugins;

/// <summary>
/// A plugin cannot work as it is configured or installed; trying again does not help. The message is a sentence for the
/// person who has to change something.
/// </summary>
public sealed class PluginException : Exception
{
    /// <inheritdoc cref="PluginException"/>
    public PluginException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="PluginException"/>
    public PluginException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
