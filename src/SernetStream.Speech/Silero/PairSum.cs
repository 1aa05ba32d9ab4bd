using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Models.LightSernet;

namespace SernetStream.Speech.Silero;

/// <summary>A vector times a matrix, added to sums, in integers.</summary>
internal static class PairSum
{
    private const int VectorsInBlock = 8;
    private const int MostPairs = 256;

    /// <summary>
    /// Adds to each output its weights times the inputs. Pairs of inputs that are zero are left out: behind "no less than zero" many
    /// are.
    /// </summary>
    /// <param name="matrix">The weights.</param>
    /// <param name="tap">Of the first inputs; those of further taps follow.</param>
    /// <param name="inputs">Whole pairs, at most 256.</param>
    /// <param name="sums">The outputs.</param>
    /// <param name="isVector">Which implementation runs.</param>
    [SkipLocalsInit]
    public static void Add(LevelMatrix matrix, int tap, ReadOnlySpan<short> inputs, Span<int> sums, bool isVector)
    {
        var (first, step) = (2 * tap * matrix.Shape.Pairs * LevelShape.Block, LevelShape.Block * matrix.Shape.LengthOfOutput);
        var values = MemoryMarshal.Cast<short, int>(inputs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(values.Length, MostPairs, nameof(inputs));
        if (isVector && WideSums.AreThere)
        {
            WideSums.AddPairs(values, matrix.Weights[first..], step, sums);
            return;
        }

        Span<int> pairs = stackalloc int[MostPairs];
        var count = 0;
        for (var i = 0; i < values.Length; i++)
        {
            pairs[count] = i;
            count += values[i] == 0 ? 0 : 1;
        }

        pairs = pairs[..count];
        for (var output = 0; output < sums.Length; output += LevelShape.Block, first += step)
        {
            AddBlock(pairs, values, matrix.Weights[first..], sums.Slice(output, LevelShape.Block), isVector);
        }
    }

    private static void AddBlock(ReadOnlySpan<int> pairs, ReadOnlySpan<int> inputs, ReadOnlySpan<short> weights, Span<int> sums, bool isVector)
    {
        var lane = 0;
        for (; isVector && lane + (VectorsInBlock * Vector<int>.Count) <= LevelShape.Block; lane += VectorsInBlock * Vector<int>.Count)
        {
            AddVectors(pairs, inputs, weights, sums, lane);
        }

        for (; isVector && lane < LevelShape.Block; lane += Vector<int>.Count)
        {
            AddVector(pairs, inputs, weights, sums, lane);
        }

        for (; lane < LevelShape.Block; lane++)
        {
            foreach (var pair in pairs)
            {
                var place = 2 * ((pair * LevelShape.Block) + lane);
                var (low, high) = ((short)inputs[pair], inputs[pair] >> 16);
                sums[lane] += (weights[place] * low) + (weights[place + 1] * high);
            }
        }
    }

    /// <summary>Eight vectors of outputs at a time, so that no addition waits for the one before it.</summary>
    private static void AddVectors(ReadOnlySpan<int> pairs, ReadOnlySpan<int> inputs, ReadOnlySpan<short> weights, Span<int> sums, int lane)
    {
        var (width, step) = ((nuint)Vector<int>.Count, (nuint)Vector<short>.Count);
        ref var sum = ref MemoryMarshal.GetReference(sums[lane..]);
        ref var start = ref MemoryMarshal.GetReference(weights[(2 * lane)..]);
        ref var input = ref MemoryMarshal.GetReference(inputs);
        var (sum0, sum1) = (Vector.LoadUnsafe(ref sum), Vector.LoadUnsafe(ref sum, width));
        var (sum2, sum3) = (Vector.LoadUnsafe(ref sum, 2 * width), Vector.LoadUnsafe(ref sum, 3 * width));
        var (sum4, sum5) = (Vector.LoadUnsafe(ref sum, 4 * width), Vector.LoadUnsafe(ref sum, 5 * width));
        var (sum6, sum7) = (Vector.LoadUnsafe(ref sum, 6 * width), Vector.LoadUnsafe(ref sum, 7 * width));
        foreach (var pair in pairs)
        {
            ref var weight = ref Unsafe.Add(ref start, 2 * pair * LevelShape.Block);
            var two = new Vector<int>(Unsafe.Add(ref input, pair)).As<int, short>();
            sum0 += PairProduct.Of(Vector.LoadUnsafe(ref weight), two);
            sum1 += PairProduct.Of(Vector.LoadUnsafe(ref weight, step), two);
            sum2 += PairProduct.Of(Vector.LoadUnsafe(ref weight, 2 * step), two);
            sum3 += PairProduct.Of(Vector.LoadUnsafe(ref weight, 3 * step), two);
            sum4 += PairProduct.Of(Vector.LoadUnsafe(ref weight, 4 * step), two);
            sum5 += PairProduct.Of(Vector.LoadUnsafe(ref weight, 5 * step), two);
            sum6 += PairProduct.Of(Vector.LoadUnsafe(ref weight, 6 * step), two);
            sum7 += PairProduct.Of(Vector.LoadUnsafe(ref weight, 7 * step), two);
        }

        sum0.StoreUnsafe(ref sum);
        sum1.StoreUnsafe(ref sum, width);
        sum2.StoreUnsafe(ref sum, 2 * width);
        sum3.StoreUnsafe(ref sum, 3 * width);
        sum4.StoreUnsafe(ref sum, 4 * width);
        sum5.StoreUnsafe(ref sum, 5 * width);
        sum6.StoreUnsafe(ref sum, 6 * width);
        sum7.StoreUnsafe(ref sum, 7 * width);
    }

    private static void AddVector(ReadOnlySpan<int> pairs, ReadOnlySpan<int> inputs, ReadOnlySpan<short> weights, Span<int> sums, int lane)
    {
        var sum = new Vector<int>(sums[lane..]);
        foreach (var pair in pairs)
        {
            var two = new Vector<int>(inputs[pair]).As<int, short>();
            sum += PairProduct.Of(new Vector<short>(weights[(2 * ((pair * LevelShape.Block) + lane))..]), two);
        }

        sum.CopyTo(sums[lane..]);
    }
}
