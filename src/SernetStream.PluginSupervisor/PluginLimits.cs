namespace SernetStream.PluginSupervisor;

/// <summary>What a plugin may take up, and how often it is tried again.</summary>
public sealed record PluginLimits
{
    /// <summary>How many events wait for a plugin beside those in its publisher's queue; at least 1.</summary>
    public int QueueLength { get; init; } = 64;

    /// <summary>How long the host of a plugin may take until it has loaded it.</summary>
    public TimeSpan Host { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How much managed memory a plugin in a host may take.</summary>
    public long HeapBytes { get; init; } = 256L << 20;

    /// <summary>How long a start may take.</summary>
    public TimeSpan Start { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a plugin may take to finish after its events have ended.</summary>
    public TimeSpan Stop { get; init; } = TimeSpan.FromSeconds(0.8);

    /// <summary>How long a plugin has, once it was cancelled, before it is left behind.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>A plugin that takes no event for so long, although some wait, counts as hanging.</summary>
    public TimeSpan Take { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>After so many failures in a row a plugin is disabled until the daemon is started again.</summary>
    public int Failures { get; init; } = 5;

    /// <summary>After a run of this length, the failure that ends it counts as the first in a row.</summary>
    public TimeSpan Works { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The shortest wait before another start.</summary>
    public TimeSpan RestartShortest { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before another start.</summary>
    public TimeSpan RestartLongest { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many audio streams of its own a plugin may have open at once.</summary>
    public int Streams { get; init; } = 16;
}
