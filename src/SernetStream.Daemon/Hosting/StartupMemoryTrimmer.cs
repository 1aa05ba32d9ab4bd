using SernetStream.Native;

namespace SernetStream.Daemon.Hosting;

/// <summary>
/// Returns memory that only the start needed to the system. The runtime compiles, and ONNX Runtime builds and rewrites
/// its graphs, on the C library's heap. They free most of it in pieces that the heap would keep for ever. The youngest
/// generation of the managed heap is as large as configuration and start made it. And of the programs' own code, most is run
/// once.
/// </summary>
internal static class StartupMemoryTrimmer
{
    /// <summary>By then the first windows have been classified, and their code has been compiled for good.</summary>
    private static readonly TimeSpan StartTakes = TimeSpan.FromSeconds(10);

    /// <summary>Waits until the start is over, and gives back, once. It takes a few milliseconds, for which the ring has room.</summary>
    /// <param name="stop">Ends the wait.</param>
    public static async Task GiveBackAfterStartAsync(CancellationToken stop)
    {
        await Task.Delay(StartTakes, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stop.IsCancellationRequested)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GiveBackHeap();
            _ = ProgramPages.GiveBack();
        }
    }

    private static void GiveBackHeap()
    {
        try
        {
            _ = LibcNative.TrimHeap(0);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library other than GNU's, whose heap has no such call.
        }
    }
}
