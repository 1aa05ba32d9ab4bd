using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SernetStream.Dsp.Simd;

/// <summary>Four lanes, as two vectors of 128 bits: what the passes in C leave to do (<see cref="Transforms.WidePasses"/>).</summary>
internal readonly struct FourLanes(Vector128<double> low, Vector128<double> high) : ILanes<FourLanes>
{
    private readonly Vector128<double> _low = low;
    private readonly Vector128<double> _high = high;

    public static int Count => 4;

    public static FourLanes All(double value) => new(Vector128.Create(value), Vector128.Create(value));

    public static FourLanes Load(ref double start, nint index) =>
        new(Vector128.LoadUnsafe(ref start, (nuint)index), Vector128.LoadUnsafe(ref start, (nuint)index + 2));

    public static FourLanes Load(ref float start, nint index)
    {
        var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref start, (nuint)index));
        return new(low, high);
    }

    public void Store(ref double start, nint index)
    {
        _low.StoreUnsafe(ref start, (nuint)index);
        _high.StoreUnsafe(ref start, (nuint)index + 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref float start, nint index) => Vector128.Narrow(_low, _high).StoreUnsafe(ref start, (nuint)index);

    public static FourLanes operator +(FourLanes left, FourLanes right) => new(left._low + right._low, left._high + right._high);

    public static FourLanes operator -(FourLanes left, FourLanes right) => new(left._low - right._low, left._high - right._high);

    public static FourLanes operator *(FourLanes left, FourLanes right) => new(left._low * right._low, left._high * right._high);
}
