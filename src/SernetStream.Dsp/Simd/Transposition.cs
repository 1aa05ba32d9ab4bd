using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SernetStream.Dsp.Simd;

/// <summary>Rows of numbers become columns.</summary>
internal static class Transposition
{
    private const int Block = 4;

    /// <summary>Writes number c of row r as number r of row c.</summary>
    /// <param name="source">The rows.</param>
    /// <param name="sourceStride">From a row to the next.</param>
    /// <param name="rows">How many there are.</param>
    /// <param name="columns">Numbers of each that are taken.</param>
    /// <param name="result">What becomes of them.</param>
    /// <param name="resultStride">From a row of the result to the next.</param>
    /// <param name="isVector">Which implementation runs.</param>
    public static void Apply(
        ReadOnlySpan<float> source, int sourceStride, int rows, int columns, Span<float> result, int resultStride, bool isVector)
    {
        if (rows == 0 || columns == 0)
        {
            return;
        }

        // The last number of each side: nothing is read or written beyond.
        _ = source[((rows - 1) * sourceStride) + columns - 1];
        _ = result[((columns - 1) * resultStride) + rows - 1];
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(result);
        if (isVector && rows >= Block && columns >= Block)
        {
            // The last block of a side may share rows or columns with the one before it.
            for (var row = 0; row < rows; row += Block)
            {
                for (var column = 0; column < columns; column += Block)
                {
                    var (r, c) = (Math.Min(row, rows - Block), Math.Min(column, columns - Block));
                    OfBlock(
                        ref Unsafe.Add(ref from, (r * sourceStride) + c), sourceStride,
                        ref Unsafe.Add(ref to, (c * resultStride) + r), resultStride);
                }
            }

            return;
        }

        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++)
            {
                Unsafe.Add(ref to, (column * resultStride) + row) = Unsafe.Add(ref from, (row * sourceStride) + column);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OfBlock(ref float from, nint fromStride, ref float to, nint toStride)
    {
        var (a, b) = (Vector128.LoadUnsafe(ref from), Vector128.LoadUnsafe(ref Unsafe.Add(ref from, fromStride)));
        var (c, d) = (Vector128.LoadUnsafe(ref Unsafe.Add(ref from, 2 * fromStride)), Vector128.LoadUnsafe(ref Unsafe.Add(ref from, 3 * fromStride)));
        var (low, low2, high, high2) = (ZipLow(a, c), ZipLow(b, d), ZipHigh(a, c), ZipHigh(b, d));
        ZipLow(low, low2).StoreUnsafe(ref to);
        ZipHigh(low, low2).StoreUnsafe(ref Unsafe.Add(ref to, toStride));
        ZipLow(high, high2).StoreUnsafe(ref Unsafe.Add(ref to, 2 * toStride));
        ZipHigh(high, high2).StoreUnsafe(ref Unsafe.Add(ref to, 3 * toStride));
    }

    /// <summary>The first two of both, in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipLow(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.UnpackLow(left, right)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(left, right)
        : Vector128.Create(left[0], right[0], left[1], right[1]);

    /// <summary>The last two of both, in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipHigh(Vector128<float> left, Vector128<float> right) =>
        Sse.IsSupported ? Sse.UnpackHigh(left, right)
        : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(left, right)
        : Vector128.Create(left[2], right[2], left[3], right[3]);
}
