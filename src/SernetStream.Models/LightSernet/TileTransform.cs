using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// Convolutions of 3 × 3 with a quarter of the multiplications: 4 × 4 results of 6 × 6 inputs by 36 products instead of 144
/// (A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, F(4 × 4, 3 × 3)), here of integers and exact.
/// </summary>
/// <remarks>
/// <para>
/// That algorithm has fractions of 24 in the transform of the weights. Here they are multiplied by 24 in each direction, partly
/// before (<see cref="OfWeights"/>) and partly after the products (<see cref="Back"/>), so what comes out is 576 times the result.
/// </para>
/// <para>
/// Inputs of 8 bits and weights of 7 become 16 bits, which do not overflow (10 · 10 · 255 and 12 · 12 · 63 at most). Sums may go
/// round at 32 bits, but the result itself is less than 2^25: so many channels are allowed (<see cref="MostChannels"/>). 576 is
/// 9 · 64. 9 has an inverse modulo 2^32, so by one multiplication 576 times the result becomes 64 times the result, exactly.
/// </para>
/// </remarks>
internal static class TileTransform
{
    /// <summary>Rows and columns of results in a tile.</summary>
    public const int Size = 4;

    /// <summary>Rows and columns of inputs that a tile reads.</summary>
    public const int Patch = Size + 2;

    /// <summary>Products of a tile for each pair of an input's and an output's channel.</summary>
    public const int Points = Patch * Patch;

    /// <summary>More channels could give a result of 2^25, with all inputs 255 and all weights 63.</summary>
    public const int MostChannels = 232;

    /// <summary>9 times this is 1, modulo 2^32.</summary>
    private const int InverseOf9 = 954437177;

    private const int Log64 = 6;

    /// <summary>Transforms a filter.</summary>
    /// <param name="filter">3 × 3.</param>
    /// <param name="transformed">Takes 6 × 6.</param>
    public static void OfWeights(ReadOnlySpan<sbyte> filter, Span<int> transformed)
    {
        Span<int> half = stackalloc int[3 * Patch];
        for (var column = 0; column < 3; column++)
        {
            OfThree(filter[column], filter[3 + column], filter[6 + column], half[column..], 3);
        }

        for (var row = 0; row < Patch; row++)
        {
            OfThree(half[3 * row], half[(3 * row) + 1], half[(3 * row) + 2], transformed[(row * Patch)..], 1);
        }
    }

    private static void OfThree(int a, int b, int c, Span<int> to, int step)
    {
        // The last number of the result first: the others lie before it.
        to[5 * step] = 12 * c;
        to[0] = 6 * a;
        to[step] = -4 * (a + b + c);
        to[2 * step] = -4 * (a - b + c);
        to[3 * step] = a + (2 * b) + (4 * c);
        to[4 * step] = a - (2 * b) + (4 * c);
    }

    /// <summary>Transforms the inputs of a tile.</summary>
    /// <param name="patch">Of the first channel; 6 × 6 places.</param>
    /// <param name="pitch">From a row to the next.</param>
    /// <param name="channels">How many; so it is from a column to the next, too.</param>
    /// <param name="points">Takes 36 points of all channels.</param>
    /// <param name="step">From a point to the next.</param>
    public static void OfInputs(ReadOnlySpan<short> patch, int pitch, int channels, Span<short> points, int step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(patch.Length, ((Patch - 1) * pitch) + (Patch * channels));
        ArgumentOutOfRangeException.ThrowIfLessThan(points.Length, ((Points - 1) * step) + channels);
        if (WideKernels.AreThere)
        {
            WideKernels.Inputs(patch, pitch, channels, points, step);
            return;
        }

        for (var channel = 0; channel < channels; channel += Vector<short>.Count)
        {
            OfSomeInputs(
                ref Unsafe.Add(ref MemoryMarshal.GetReference(patch), channel), pitch, channels, ref points[channel], step);
        }
    }

    /// <summary>Transforms products back to the results of a tile, for some channels at a time.</summary>
    /// <param name="products">The first point; from there on 36.</param>
    /// <param name="step">From a point to the next.</param>
    /// <param name="results">Takes 4 × 4.</param>
    [SkipLocalsInit]
    public static void ToResults(ref int products, int step, Span<Vector<int>> results)
    {
        Span<Vector<int>> half = stackalloc Vector<int>[Size * Patch];
        for (var column = 0; column < Patch; column++)
        {
            ref var top = ref Unsafe.Add(ref products, column * step);
            Back(
                Vector.LoadUnsafe(ref top),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, Patch * step)),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, 2 * Patch * step)),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, 3 * Patch * step)),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, 4 * Patch * step)),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, 5 * Patch * step)),
                ref half[column],
                Patch);
        }

        var inverse = new Vector<int>(InverseOf9);
        for (var row = 0; row < Size; row++)
        {
            var line = half.Slice(row * Patch, Patch);
            Back(line[0], line[1], line[2], line[3], line[4], line[5], ref results[row * Size], 1);
            for (var column = row * Size; column < (row + 1) * Size; column++)
            {
                results[column] = Vector.ShiftRightArithmetic(results[column] * inverse, Log64);
            }
        }
    }

    [SkipLocalsInit]
    private static void OfSomeInputs(ref short patch, int pitch, int channels, ref short points, int step)
    {
        Span<Vector<short>> half = stackalloc Vector<short>[Points];
        for (var column = 0; column < Patch; column++)
        {
            ref var top = ref Unsafe.Add(ref patch, column * channels);
            Forward(
                Vector.LoadUnsafe(ref top),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, pitch)),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, 2 * pitch)),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, 3 * pitch)),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, 4 * pitch)),
                Vector.LoadUnsafe(ref Unsafe.Add(ref top, 5 * pitch)),
                ref half[column],
                Patch);
        }

        Span<Vector<short>> whole = stackalloc Vector<short>[Patch];
        for (var row = 0; row < Patch; row++)
        {
            var line = half.Slice(row * Patch, Patch);
            Forward(line[0], line[1], line[2], line[3], line[4], line[5], ref whole[0], 1);
            for (var column = 0; column < Patch; column++)
            {
                whole[column].StoreUnsafe(ref points);
                points = ref Unsafe.Add(ref points, step);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Forward(
        Vector<short> a, Vector<short> b, Vector<short> c, Vector<short> d, Vector<short> e, Vector<short> f, ref Vector<short> to, int step)
    {
        var (four, outer) = (Vector.ShiftLeft(c, 2), e - c);
        var inner = Vector.ShiftLeft(d - b, 1);
        to = Vector.ShiftLeft(a, 2) - four + outer;
        Unsafe.Add(ref to, step) = d + e - Vector.ShiftLeft(b + c, 2);
        Unsafe.Add(ref to, 2 * step) = e - d + Vector.ShiftLeft(b - c, 2);
        Unsafe.Add(ref to, 3 * step) = outer + inner;
        Unsafe.Add(ref to, 4 * step) = outer - inner;
        Unsafe.Add(ref to, 5 * step) = Vector.ShiftLeft(b - d, 2) - d + f;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Back(
        Vector<int> a, Vector<int> b, Vector<int> c, Vector<int> d, Vector<int> e, Vector<int> f, ref Vector<int> to, int step)
    {
        var (sum, difference, farSum, far) = (b + c, b - c, d + e, d - e);
        to = a + sum + farSum;
        Unsafe.Add(ref to, step) = difference + far + far;
        Unsafe.Add(ref to, 2 * step) = sum + Vector.ShiftLeft(farSum, 2);
        Unsafe.Add(ref to, 3 * step) = difference + Vector.ShiftLeft(far, 3) + f + f;
    }
}
