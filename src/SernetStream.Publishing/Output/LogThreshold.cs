using Microsoft.Extensions.Logging;

namespace SernetStream.Publishing.Output;

/// <summary>From which level on is logged, while the program runs.</summary>
/// <param name="level">From which at first.</param>
public sealed class LogThreshold(LogLevel level)
{
    private volatile LogLevel _level = level;

    /// <summary>The level; any thread.</summary>
    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }
}
