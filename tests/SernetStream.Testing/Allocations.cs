namespace SernetStream.Testing;

/// <summary>Counts what a piece of code allocates on the managed heap.</summary>
public static class Allocations
{
    /// <summary>
    /// The fewest bytes that one of several runs allocated on this thread. The runtime sometimes allocates here too, for
    /// example when it recompiles a hot method; the bytes of the code itself are in every run.
    /// </summary>
    public static long Of(Action run)
    {
        ArgumentNullException.ThrowIfNull(run);
        run();
        var fewest = long.MaxValue;
        for (var i = 0; i < 5 && fewest > 0; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            run();
            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return fewest;
    }
}
