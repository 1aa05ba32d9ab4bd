using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SernetStream.Dsp.Simd;

/// <summary>
/// Numbers in double precision on which the same arithmetic runs at once, one a lane. Code that is written for it runs on
/// vectors of any width and on single numbers, and gives the same in each lane: no product and sum are rounded at once.
/// </summary>
internal interface ILanes<T>
    where T : struct, ILanes<T>
{
    /// <summary>How many.</summary>
    static abstract int Count { get; }

    /// <summary>The same in all lanes.</summary>
    static abstract T All(double value);

    /// <summary>Numbers that lie side by side.</summary>
    static abstract T Load(ref double start, nint index);

    /// <summary>Numbers of single precision that lie side by side.</summary>
    static abstract T Load(ref float start, nint index);

    /// <summary>Writes the lanes side by side.</summary>
    void Store(ref double start, nint index);

    /// <summary>Writes the lanes side by side, rounded to single precision.</summary>
    void Store(ref float start, nint index);

    static abstract T operator +(T left, T right);

    static abstract T operator -(T left, T right);

    static abstract T operator *(T left, T right);
}

/// <summary>The lanes of a vector.</summary>
internal readonly struct VectorLanes(Vector<double> value) : ILanes<VectorLanes>
{
    private readonly Vector<double> _value = value;

    public static int Count => Vector<double>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes All(double value) => new(new Vector<double>(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes Load(ref double start, nint index) => new(Vector.LoadUnsafe(ref start, (nuint)index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes Load(ref float start, nint index) => new(Vector<double>.Count switch
    {
        2 => Vector128.WidenLower(Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<double>(ref Bytes(ref start, index))).AsSingle()).AsVector(),
        4 => Vector256.WidenLower(Vector128.LoadUnsafe(ref start, (nuint)index).ToVector256Unsafe()).AsVector(),
        _ => Vector512.WidenLower(Vector256.LoadUnsafe(ref start, (nuint)index).ToVector512Unsafe()).AsVector(),
    });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref double start, nint index) => _value.StoreUnsafe(ref start, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(ref float start, nint index)
    {
        switch (Vector<double>.Count)
        {
            case 2:
                var narrow = Vector128.Narrow(_value.AsVector128(), _value.AsVector128());
                Unsafe.WriteUnaligned(ref Bytes(ref start, index), narrow.AsDouble().ToScalar());
                break;
            case 4 when Avx.IsSupported:
                Avx.ConvertToVector128Single(_value.AsVector256()).StoreUnsafe(ref start, (nuint)index);
                break;
            case 8 when Avx512F.IsSupported:
                Avx512F.ConvertToVector256Single(_value.AsVector512()).StoreUnsafe(ref start, (nuint)index);
                break;
            default:
                for (var lane = 0; lane < Vector<double>.Count; lane++)
                {
                    Unsafe.Add(ref start, index + lane) = (float)_value[lane];
                }

                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes operator +(VectorLanes left, VectorLanes right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes operator -(VectorLanes left, VectorLanes right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VectorLanes operator *(VectorLanes left, VectorLanes right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref byte Bytes(ref float start, nint index) => ref Unsafe.As<float, byte>(ref Unsafe.Add(ref start, index));
}

/// <summary>One lane: the scalar reference.</summary>
internal readonly struct SingleLane(double value) : ILanes<SingleLane>
{
    private readonly double _value = value;

    public static int Count => 1;

    public static SingleLane All(double value) => new(value);

    public static SingleLane Load(ref double start, nint index) => new(Unsafe.Add(ref start, index));

    public static SingleLane Load(ref float start, nint index) => new(Unsafe.Add(ref start, index));

    public void Store(ref double start, nint index) => Unsafe.Add(ref start, index) = _value;

    public void Store(ref float start, nint index) => Unsafe.Add(ref start, index) = (float)_value;

    public static SingleLane operator +(SingleLane left, SingleLane right) => new(left._value + right._value);

    public static SingleLane operator -(SingleLane left, SingleLane right) => new(left._value - right._value);

    public static SingleLane operator *(SingleLane left, SingleLane right) => new(left._value * right._value);
}
