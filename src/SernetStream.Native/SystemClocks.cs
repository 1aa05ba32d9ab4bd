namespace SernetStream.Native;

/// <summary>The clocks of the C library that .NET does not offer.</summary>
internal static class SystemClocks
{
    private const int MonotonicTime = 1;
    private const int ThreadProcessorTime = 3;
    private const int BootTime = 7;

    /// <summary>Processor time that the calling thread has taken, in nanoseconds.</summary>
    public static long OfThread() => Read(ThreadProcessorTime);

    /// <summary>Nanoseconds since the machine was started, those in which it was suspended left out.</summary>
    public static long Monotonic() => Read(MonotonicTime);

    /// <summary>Nanoseconds since the machine was started, those in which it was suspended included.</summary>
    public static long SinceBoot() => Read(BootTime);

    private static long Read(int clock)
    {
        // It fails only for a clock that the kernel does not have; both are older than .NET's oldest kernel.
        _ = LibcNative.GetTime(clock, out var time);
        return (time.Seconds * 1_000_000_000L) + time.Nanoseconds;
    }
}
