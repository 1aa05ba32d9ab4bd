using System.Runtime.CompilerServices;

namespace SernetStream.Dsp.Simd;

/// <summary>
/// Scratch memory that begins where a line of the processor's cache does: a vector that lies in two lines takes twice as long.
/// </summary>
internal static class CacheLines
{
    private const int Bytes = 64;

    /// <summary>Allocates numbers, all zero; pinned, so a collection that moved them cannot leave a copy of the sound behind.</summary>
    public static unsafe Memory<T> Allocate<T>(int count)
        where T : unmanaged
    {
        var array = GC.AllocateArray<T>(count + (Bytes / sizeof(T)), pinned: true);
        var begin = (nint)Unsafe.AsPointer(ref array[0]);
        return array.AsMemory((int)(-begin & (Bytes - 1)) / sizeof(T), count);
    }
}
