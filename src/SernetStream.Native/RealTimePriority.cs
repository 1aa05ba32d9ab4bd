namespace SernetStream.Native;

/// <summary>Real-time priority for the thread that a device's buffer waits for.</summary>
internal static class RealTimePriority
{
    private const int FirstInFirstOut = 1;

    /// <summary>A child process of the thread would not inherit it (SCHED_RESET_ON_FORK).</summary>
    private const int ResetOnFork = 0x40000000;

    /// <summary>Low among the real-time threads: above all ordinary work, below sound servers and interrupts.</summary>
    private const int Priority = 10;

    /// <summary>
    /// Raises the calling thread, if it may: as root, or within RLIMIT_RTPRIO (<c>LimitRTPRIO=</c> of a systemd unit).
    /// </summary>
    /// <returns>Whether it has real-time priority now.</returns>
    public static bool TryRaise() => LibcNative.SetScheduler(0, FirstInFirstOut | ResetOnFork, Priority) == 0;
}
