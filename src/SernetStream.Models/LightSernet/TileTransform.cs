using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// Convolutions of 3 × 3 with a quarter of the multiplications: 4 × 4 results of 6 × 6 inputs by 36 products instead of 144
/// (A. Lavin and S. Gray, "Fast algorithms for convolutional neural networks", CVPR 2016, F(4 × 4, 3 × 3)), here of integers and exact.
/// Where an image has two rows or one, so has a tile: 2 × 4 results take 24 products, 1 × 4 take 18.
/// </summary>
/// <remarks>
/// <para>
/// That algorithm has fractions of 24 in the transform of the weights. Here they are multiplied by 24 in each direction, partly
/// before (<see cref="OfWeights"/>) and partly after the products (<c>Back</c>), so what comes out is 576 times the result. Two rows
/// have fractions of 2 only, so it is 48 times the result; one row has none, and it is 24 times.
/// </para>
/// <para>
/// Inputs of 8 bits and weights of 7 become 16 bits, which do not overflow (10 · 10 · 255 and 12 · 12 · 63 at most). Sums may go
/// round at 32 bits, but the result itself is less than 2^25: so many channels are allowed (<see cref="MostChannels"/>). 576 is
/// 9 · 64. 9 has an inverse modulo 2^32, so by one multiplication 576 times the result becomes 64 times the result, exactly. In the
/// same way 48 is 3 · 16, and 24 is 3 · 8.
/// </para>
/// </remarks>
internal sealed class TileTransform
{
    /// <summary>The most rows of results in a tile.</summary>
    public const int MostRows = 4;

    /// <summary>Columns of results in a tile.</summary>
    public const int Columns = 4;

    /// <summary>The most products of a tile for each pair of an input's and an output's channel.</summary>
    public const int MostPoints = (MostRows + 2) * PatchColumns;

    /// <summary>More channels could give a result of 2^25, with all inputs 255 and all weights 63.</summary>
    public const int MostChannels = 232;

    /// <summary>Columns of inputs that a tile reads.</summary>
    private const int PatchColumns = Columns + 2;

    /// <summary>9 times this is 1, modulo 2^32.</summary>
    private const int InverseOf9 = 954437177;

    /// <summary>3 times this is 1, modulo 2^32.</summary>
    private const int InverseOf3 = -1431655765;

    private static readonly TileTransform OfFour = new(MostRows, InverseOf9, 6);
    private static readonly TileTransform OfTwo = new(2, InverseOf3, 4);
    private static readonly TileTransform OfOne = new(1, InverseOf3, 3);

    private readonly int _inverse;
    private readonly int _shift;

    private TileTransform(int rows, int inverse, int shift) => (Rows, _inverse, _shift) = (rows, inverse, shift);

    /// <summary>Rows of results in a tile: 4, 2 or 1. It reads two rows of inputs more.</summary>
    public int Rows { get; }

    /// <summary>Products of a tile for each pair of an input's and an output's channel.</summary>
    public int Points => PatchRows * PatchColumns;

    private int PatchRows => Rows + 2;

    /// <summary>The one for images of so many rows.</summary>
    public static TileTransform ForRows(int rows) => rows switch
    {
        1 => OfOne,
        2 => OfTwo,
        _ => OfFour,
    };

    /// <summary>Transforms a filter.</summary>
    /// <param name="filter">3 × 3.</param>
    /// <param name="transformed">Takes all points.</param>
    public void OfWeights(ReadOnlySpan<sbyte> filter, Span<int> transformed)
    {
        Span<int> half = stackalloc int[3 * PatchRows];
        for (var column = 0; column < 3; column++)
        {
            var (a, b, c) = (filter[column], filter[3 + column], filter[6 + column]);
            switch (Rows)
            {
                case MostRows:
                    OfThree(a, b, c, half[column..], 3);
                    break;
                case 2:
                    (half[column], half[3 + column], half[6 + column], half[9 + column]) = (2 * a, a + b + c, a - b + c, 2 * c);
                    break;
                default:
                    (half[column], half[3 + column], half[6 + column]) = (a, b, c);
                    break;
            }
        }

        for (var row = 0; row < PatchRows; row++)
        {
            OfThree(half[3 * row], half[(3 * row) + 1], half[(3 * row) + 2], transformed[(row * PatchColumns)..], 1);
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
    /// <param name="patch">Of the first channel; as many rows as a tile reads, of six places.</param>
    /// <param name="pitch">From a row to the next.</param>
    /// <param name="channels">How many; so it is from a column to the next, too.</param>
    /// <param name="points">Takes the points of all channels.</param>
    /// <param name="step">From a point to the next.</param>
    public void OfInputs(ReadOnlySpan<short> patch, int pitch, int channels, Span<short> points, int step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(patch.Length, ((PatchRows - 1) * pitch) + (PatchColumns * channels));
        ArgumentOutOfRangeException.ThrowIfLessThan(points.Length, ((Points - 1) * step) + channels);
        if (WideKernels.AreThere)
        {
            WideKernels.Inputs(Rows, patch, pitch, channels, points, step);
            return;
        }

        for (var channel = 0; channel < channels; channel += Vector<short>.Count)
        {
            OfSomeInputs(
                ref Unsafe.Add(ref MemoryMarshal.GetReference(patch), channel), pitch, channels, ref points[channel], step);
        }
    }

    /// <summary>Transforms products back to the results of a tile, for some channels at a time.</summary>
    /// <param name="products">The first point; from there on all.</param>
    /// <param name="step">From a point to the next.</param>
    /// <param name="results">Takes the tile's rows × 4.</param>
    [SkipLocalsInit]
    public void ToResults(ref int products, int step, Span<Vector<int>> results)
    {
        Span<Vector<int>> half = stackalloc Vector<int>[MostRows * PatchColumns];
        for (var column = 0; column < PatchColumns; column++)
        {
            BackDown(ref Unsafe.Add(ref products, column * step), PatchColumns * step, ref half[column]);
        }

        var inverse = new Vector<int>(_inverse);
        for (var row = 0; row < Rows; row++)
        {
            var line = half.Slice(row * PatchColumns, PatchColumns);
            Back(line[0], line[1], line[2], line[3], line[4], line[5], ref results[row * Columns], 1);
            for (var column = row * Columns; column < (row + 1) * Columns; column++)
            {
                results[column] = Vector.ShiftRightArithmetic(results[column] * inverse, _shift);
            }
        }
    }

    [SkipLocalsInit]
    private void OfSomeInputs(ref short patch, int pitch, int channels, ref short points, int step)
    {
        Span<Vector<short>> half = stackalloc Vector<short>[MostPoints];
        for (var column = 0; column < PatchColumns; column++)
        {
            ForwardDown(ref Unsafe.Add(ref patch, column * channels), pitch, ref half[column]);
        }

        Span<Vector<short>> whole = stackalloc Vector<short>[PatchColumns];
        for (var row = 0; row < PatchRows; row++)
        {
            var line = half.Slice(row * PatchColumns, PatchColumns);
            Forward(line[0], line[1], line[2], line[3], line[4], line[5], ref whole[0], 1);
            for (var column = 0; column < PatchColumns; column++)
            {
                whole[column].StoreUnsafe(ref points);
                points = ref Unsafe.Add(ref points, step);
            }
        }
    }

    /// <summary>Transforms a column of inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ForwardDown(ref short top, int pitch, ref Vector<short> to)
    {
        var a = Vector.LoadUnsafe(ref top);
        var b = Vector.LoadUnsafe(ref Unsafe.Add(ref top, pitch));
        var c = Vector.LoadUnsafe(ref Unsafe.Add(ref top, 2 * pitch));
        if (Rows == 1)
        {
            to = a;
            Unsafe.Add(ref to, PatchColumns) = b;
            Unsafe.Add(ref to, 2 * PatchColumns) = c;
            return;
        }

        var d = Vector.LoadUnsafe(ref Unsafe.Add(ref top, 3 * pitch));
        if (Rows == 2)
        {
            to = a - c;
            Unsafe.Add(ref to, PatchColumns) = b + c;
            Unsafe.Add(ref to, 2 * PatchColumns) = c - b;
            Unsafe.Add(ref to, 3 * PatchColumns) = b - d;
            return;
        }

        var e = Vector.LoadUnsafe(ref Unsafe.Add(ref top, 4 * pitch));
        var f = Vector.LoadUnsafe(ref Unsafe.Add(ref top, 5 * pitch));
        Forward(a, b, c, d, e, f, ref to, PatchColumns);
    }

    /// <summary>Transforms a column of products back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void BackDown(ref int top, int pitch, ref Vector<int> to)
    {
        var a = Vector.LoadUnsafe(ref top);
        var b = Vector.LoadUnsafe(ref Unsafe.Add(ref top, pitch));
        var c = Vector.LoadUnsafe(ref Unsafe.Add(ref top, 2 * pitch));
        if (Rows == 1)
        {
            to = a + b + c;
            return;
        }

        var d = Vector.LoadUnsafe(ref Unsafe.Add(ref top, 3 * pitch));
        if (Rows == 2)
        {
            to = a + b + c;
            Unsafe.Add(ref to, PatchColumns) = b - c - d;
            return;
        }

        var e = Vector.LoadUnsafe(ref Unsafe.Add(ref top, 4 * pitch));
        var f = Vector.LoadUnsafe(ref Unsafe.Add(ref top, 5 * pitch));
        Back(a, b, c, d, e, f, ref to, PatchColumns);
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
