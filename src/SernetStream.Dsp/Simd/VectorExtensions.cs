using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SernetStream.Dsp.Simd;

/// <summary>What <see cref="Vector{T}"/> lacks: loads by index without a check, and lanes in another order.</summary>
internal static class VectorExtensions
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Load<T>(ref T start, int index) => Vector.LoadUnsafe(ref start, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector<T> value, ref T start, int index) => value.StoreUnsafe(ref start, (nuint)index);

    /// <summary>The lanes in the opposite order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Reverse(Vector<float> value) => Vector<float>.Count switch
    {
        4 => Vector128.Shuffle(value.AsVector128(), Vector128.Create(3, 2, 1, 0)).AsVector(),
        8 => Vector256.Shuffle(value.AsVector256(), Vector256.Create(7, 6, 5, 4, 3, 2, 1, 0)).AsVector(),
        _ => Vector512.Shuffle(
            value.AsVector512(), Vector512.Create(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)).AsVector(),
    };
}
