using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// Products of matrices of 16-bit integers, added in 32 bits: what nearly all of the network's time is spent on. Sums of integers
/// are the same in any order and for any width of vectors.
/// </summary>
internal static class PairProduct
{
    /// <summary>Rows of the left matrix that are computed at a time; there must be room for a multiple of them.</summary>
    public const int Rows = 4;

    /// <summary>Columns are a multiple of this: two of the widest vectors.</summary>
    public const int Columns = 32;

    /// <summary>
    /// Where a number of the right matrix lies: in the order of reading. Its columns are in blocks of <see cref="Columns"/>; in each
    /// its rows are in pairs, and the two of a pair beside each other. Where products by one number are used
    /// (<see cref="ElementProduct"/>), it is row by row.
    /// </summary>
    public static int PlaceOf(int row, int column, int columns, int rows) => ElementProduct.IsUsed
        ? (row * columns) + column
        : (column / Columns * Columns * rows) + (((row / 2 * Columns) + (column % Columns)) * 2) + (row % 2);

    /// <summary>Multiplies pairs of matrices. Sums go round at 32 bits.</summary>
    /// <param name="count">Of pairs.</param>
    /// <param name="left">Rows × inner.</param>
    /// <param name="leftStep">From a left matrix to the next.</param>
    /// <param name="rows">How many; what is in the memory behind them up to a multiple of <see cref="Rows"/> is computed, too.</param>
    /// <param name="right">Inner × columns, by <see cref="PlaceOf"/>; one matrix behind the other.</param>
    /// <param name="columns">A multiple of <see cref="Columns"/>.</param>
    /// <param name="inner">A multiple of 4.</param>
    /// <param name="sums">Takes rows × columns.</param>
    /// <param name="sumsStep">From a matrix of sums to the next.</param>
    public static void Multiply(
        int count, ReadOnlySpan<short> left, int leftStep, int rows, ReadOnlySpan<short> right, int columns, int inner, Span<int> sums, int sumsStep)
    {
        var whole = (rows + Rows - 1) / Rows * Rows;
        ArgumentOutOfRangeException.ThrowIfLessThan(left.Length, ((count - 1) * leftStep) + (whole * inner));
        ArgumentOutOfRangeException.ThrowIfLessThan(right.Length, count * inner * columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(sums.Length, ((count - 1) * sumsStep) + (whole * columns));
        if (WideKernels.AreThere)
        {
            WideKernels.Multiply(count, left, leftStep, rows, right, columns, inner, sums, sumsStep);
            return;
        }

        for (var i = 0; i < count; i++)
        {
            MultiplyOne(left[(i * leftStep)..], rows, right[(i * inner * columns)..], columns, inner, sums[(i * sumsStep)..]);
        }
    }

    private static void MultiplyOne(ReadOnlySpan<short> left, int rows, ReadOnlySpan<short> right, int columns, int inner, Span<int> sums)
    {
        if (ElementProduct.IsUsed)
        {
            var whole = (rows + Rows - 1) / Rows * Rows;
            ElementProduct.Multiply(
                ref MemoryMarshal.GetReference(left), whole, ref MemoryMarshal.GetReference(right), columns, inner, ref MemoryMarshal.GetReference(sums));
            return;
        }

        ref var leftStart = ref Unsafe.As<short, int>(ref MemoryMarshal.GetReference(left));
        ref var rightStart = ref MemoryMarshal.GetReference(right);
        ref var sumsStart = ref MemoryMarshal.GetReference(sums);
        for (var column = 0; column < columns; column += 2 * Vector<int>.Count)
        {
            for (var row = 0; row < rows; row += Rows)
            {
                ref var of = ref Unsafe.Add(ref leftStart, row * inner / 2);
                ref var by = ref Unsafe.Add(ref rightStart, (column / Columns * Columns * inner) + (column % Columns * 2));
                ref var to = ref Unsafe.Add(ref sumsStart, (row * columns) + column);
                if (rows - row > 2)
                {
                    MultiplyBlock(ref of, ref by, ref to, columns, inner / 2);
                }
                else
                {
                    MultiplyTwoRows(ref of, ref by, ref to, columns, inner / 2);
                }
            }
        }
    }

    /// <summary>Four rows of two vectors, so that what is read is used several times.</summary>
    private static void MultiplyBlock(ref int left, ref short right, ref int sums, int columns, int pairs)
    {
        Vector<int> sum00 = default, sum01 = default, sum10 = default, sum11 = default;
        Vector<int> sum20 = default, sum21 = default, sum30 = default, sum31 = default;
        for (var pair = 0; pair < pairs; pair++)
        {
            var right0 = Vector.LoadUnsafe(ref right);
            var right1 = Vector.LoadUnsafe(ref right, (nuint)Vector<short>.Count);
            var left0 = new Vector<int>(Unsafe.Add(ref left, pair)).As<int, short>();
            sum00 += Of(left0, right0);
            sum01 += Of(left0, right1);
            var left1 = new Vector<int>(Unsafe.Add(ref left, pairs + pair)).As<int, short>();
            sum10 += Of(left1, right0);
            sum11 += Of(left1, right1);
            var left2 = new Vector<int>(Unsafe.Add(ref left, (2 * pairs) + pair)).As<int, short>();
            sum20 += Of(left2, right0);
            sum21 += Of(left2, right1);
            var left3 = new Vector<int>(Unsafe.Add(ref left, (3 * pairs) + pair)).As<int, short>();
            sum30 += Of(left3, right0);
            sum31 += Of(left3, right1);
            right = ref Unsafe.Add(ref right, 2 * Columns);
        }

        var width = (nuint)Vector<int>.Count;
        sum00.StoreUnsafe(ref sums);
        sum01.StoreUnsafe(ref sums, width);
        sums = ref Unsafe.Add(ref sums, columns);
        sum10.StoreUnsafe(ref sums);
        sum11.StoreUnsafe(ref sums, width);
        sums = ref Unsafe.Add(ref sums, columns);
        sum20.StoreUnsafe(ref sums);
        sum21.StoreUnsafe(ref sums, width);
        sums = ref Unsafe.Add(ref sums, columns);
        sum30.StoreUnsafe(ref sums);
        sum31.StoreUnsafe(ref sums, width);
    }

    /// <summary>Two rows of two vectors, where no more are left.</summary>
    private static void MultiplyTwoRows(ref int left, ref short right, ref int sums, int columns, int pairs)
    {
        Vector<int> sum00 = default, sum01 = default, sum10 = default, sum11 = default;
        for (var pair = 0; pair < pairs; pair++)
        {
            var right0 = Vector.LoadUnsafe(ref right);
            var right1 = Vector.LoadUnsafe(ref right, (nuint)Vector<short>.Count);
            var left0 = new Vector<int>(Unsafe.Add(ref left, pair)).As<int, short>();
            sum00 += Of(left0, right0);
            sum01 += Of(left0, right1);
            var left1 = new Vector<int>(Unsafe.Add(ref left, pairs + pair)).As<int, short>();
            sum10 += Of(left1, right0);
            sum11 += Of(left1, right1);
            right = ref Unsafe.Add(ref right, 2 * Columns);
        }

        var width = (nuint)Vector<int>.Count;
        sum00.StoreUnsafe(ref sums);
        sum01.StoreUnsafe(ref sums, width);
        sums = ref Unsafe.Add(ref sums, columns);
        sum10.StoreUnsafe(ref sums);
        sum11.StoreUnsafe(ref sums, width);
    }

    /// <summary>The products of lanes, each pair of neighbours added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<int> Of(Vector<short> a, Vector<short> b)
    {
        if (Vector<short>.Count == Vector512<short>.Count && Avx512BW.IsSupported)
        {
            return Avx512BW.MultiplyAddAdjacent(a.AsVector512(), b.AsVector512()).AsVector();
        }

        if (Vector<short>.Count == Vector256<short>.Count && Avx2.IsSupported)
        {
            return Avx2.MultiplyAddAdjacent(a.AsVector256(), b.AsVector256()).AsVector();
        }

        if (Vector<short>.Count == Vector128<short>.Count && Sse2.IsSupported)
        {
            return Sse2.MultiplyAddAdjacent(a.AsVector128(), b.AsVector128()).AsVector();
        }

        if (Vector<short>.Count == Vector128<short>.Count && AdvSimd.Arm64.IsSupported)
        {
            var (first, second) = (a.AsVector128(), b.AsVector128());
            return AdvSimd.Arm64.AddPairwise(
                AdvSimd.MultiplyWideningLower(first.GetLower(), second.GetLower()),
                AdvSimd.MultiplyWideningUpper(first, second)).AsVector();
        }

        return OneByOne(a, b);
    }

    private static Vector<int> OneByOne(Vector<short> a, Vector<short> b)
    {
        var sums = Vector<int>.Zero;
        for (var lane = 0; lane < Vector<int>.Count; lane++)
        {
            sums = sums.WithElement(lane, (a[2 * lane] * b[2 * lane]) + (a[(2 * lane) + 1] * b[(2 * lane) + 1]));
        }

        return sums;
    }
}
