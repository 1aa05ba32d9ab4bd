using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// <see cref="PairProduct.Multiply"/> on Arm, which multiplies a vector by one number of another and adds the products in the same
/// instruction: half of the instructions that pairs of products take there. The right matrix lies row by row.
/// </summary>
internal static class ElementProduct
{
    private const int Columns = 8;
    private const int Step = 4;

    /// <summary>Whether it runs here.</summary>
    public static bool IsUsed => AdvSimd.IsSupported;

    /// <summary>Multiplies two matrices.</summary>
    /// <param name="left">Rows × inner.</param>
    /// <param name="rows">A multiple of <see cref="PairProduct.Rows"/>.</param>
    /// <param name="right">Inner × columns.</param>
    /// <param name="columns">A multiple of 8.</param>
    /// <param name="inner">A multiple of 4.</param>
    /// <param name="sums">Takes rows × columns.</param>
    public static void Multiply(ref short left, int rows, ref short right, int columns, int inner, ref int sums)
    {
        for (var column = 0; column < columns; column += Columns)
        {
            for (var row = 0; row < rows; row += PairProduct.Rows)
            {
                MultiplyBlock(
                    ref Unsafe.Add(ref left, row * inner), ref Unsafe.Add(ref right, column), ref Unsafe.Add(ref sums, (row * columns) + column), columns, inner);
            }
        }
    }

    /// <summary>Four rows of eight columns, so that what is read is used several times.</summary>
    private static void MultiplyBlock(ref short left, ref short right, ref int sums, int columns, int inner)
    {
        Vector128<int> sum00 = default, sum01 = default, sum10 = default, sum11 = default;
        Vector128<int> sum20 = default, sum21 = default, sum30 = default, sum31 = default;
        ref var left1 = ref Unsafe.Add(ref left, inner);
        ref var left2 = ref Unsafe.Add(ref left1, inner);
        ref var left3 = ref Unsafe.Add(ref left2, inner);
        for (nuint i = 0; i < (nuint)inner; i += Step)
        {
            var (a, b) = (Vector64.LoadUnsafe(ref left, i), Vector64.LoadUnsafe(ref left1, i));
            var (c, d) = (Vector64.LoadUnsafe(ref left2, i), Vector64.LoadUnsafe(ref left3, i));
            var of = Vector128.LoadUnsafe(ref right);
            (sum00, sum01, sum10, sum11) = (Low(sum00, of, a, 0), High(sum01, of, a, 0), Low(sum10, of, b, 0), High(sum11, of, b, 0));
            (sum20, sum21, sum30, sum31) = (Low(sum20, of, c, 0), High(sum21, of, c, 0), Low(sum30, of, d, 0), High(sum31, of, d, 0));
            right = ref Unsafe.Add(ref right, columns);
            of = Vector128.LoadUnsafe(ref right);
            (sum00, sum01, sum10, sum11) = (Low(sum00, of, a, 1), High(sum01, of, a, 1), Low(sum10, of, b, 1), High(sum11, of, b, 1));
            (sum20, sum21, sum30, sum31) = (Low(sum20, of, c, 1), High(sum21, of, c, 1), Low(sum30, of, d, 1), High(sum31, of, d, 1));
            right = ref Unsafe.Add(ref right, columns);
            of = Vector128.LoadUnsafe(ref right);
            (sum00, sum01, sum10, sum11) = (Low(sum00, of, a, 2), High(sum01, of, a, 2), Low(sum10, of, b, 2), High(sum11, of, b, 2));
            (sum20, sum21, sum30, sum31) = (Low(sum20, of, c, 2), High(sum21, of, c, 2), Low(sum30, of, d, 2), High(sum31, of, d, 2));
            right = ref Unsafe.Add(ref right, columns);
            of = Vector128.LoadUnsafe(ref right);
            (sum00, sum01, sum10, sum11) = (Low(sum00, of, a, 3), High(sum01, of, a, 3), Low(sum10, of, b, 3), High(sum11, of, b, 3));
            (sum20, sum21, sum30, sum31) = (Low(sum20, of, c, 3), High(sum21, of, c, 3), Low(sum30, of, d, 3), High(sum31, of, d, 3));
            right = ref Unsafe.Add(ref right, columns);
        }

        Store(sum00, sum01, ref sums);
        Store(sum10, sum11, ref Unsafe.Add(ref sums, columns));
        Store(sum20, sum21, ref Unsafe.Add(ref sums, 2 * columns));
        Store(sum30, sum31, ref Unsafe.Add(ref sums, 3 * columns));
    }

    private static void Store(Vector128<int> low, Vector128<int> high, ref int sums)
    {
        low.StoreUnsafe(ref sums);
        high.StoreUnsafe(ref sums, (nuint)Vector128<int>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Low(Vector128<int> sum, Vector128<short> columns, Vector64<short> row, [ConstantExpected(Max = (byte)3)] byte index) =>
        AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(sum, columns.GetLower(), row, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> High(Vector128<int> sum, Vector128<short> columns, Vector64<short> row, [ConstantExpected(Max = (byte)3)] byte index) =>
        AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(sum, columns, row, index);
}
