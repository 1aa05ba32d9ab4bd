using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SernetStream.Speech.Silero;

/// <summary>A vector times a matrix, added to sums: what nearly all of a network's time is spent on.</summary>
internal static class WeightedSum
{
    private const int VectorsInBlock = 8;
    private const int MostInputs = 256;

    /// <summary>
    /// Adds to each output its weights times the inputs, in the order of the inputs, whatever the width of vectors. Inputs that
    /// are zero are left out: behind "no less than zero" most are.
    /// </summary>
    /// <param name="inputs">At most 256.</param>
    /// <param name="weights">Inputs × outputs.</param>
    /// <param name="sums">The outputs.</param>
    /// <param name="isVector">Which implementation runs.</param>
    [SkipLocalsInit]
    public static void Add(ReadOnlySpan<float> inputs, ReadOnlySpan<float> weights, Span<float> sums, bool isVector)
    {
        Span<int> rows = stackalloc int[MostInputs];
        var count = 0;
        for (var i = 0; i < inputs.Length; i++)
        {
            rows[count] = i;
            count += inputs[i] == 0 ? 0 : 1;
        }

        rows = rows[..count];
        var lane = 0;
        var width = Vector<float>.Count;
        for (; isVector && lane + (VectorsInBlock * width) <= sums.Length; lane += VectorsInBlock * width)
        {
            AddBlock(rows, inputs, weights, sums, lane);
        }

        for (; isVector && lane + width <= sums.Length; lane += width)
        {
            AddVector(rows, inputs, weights, sums, lane);
        }

        for (; lane < sums.Length; lane++)
        {
            foreach (var row in rows)
            {
                sums[lane] += weights[(row * sums.Length) + lane] * inputs[row];
            }
        }
    }

    /// <summary>Eight vectors of outputs at a time, so that no addition waits for the one before it.</summary>
    private static void AddBlock(
        ReadOnlySpan<int> rows, ReadOnlySpan<float> inputs, ReadOnlySpan<float> weights, Span<float> sums, int lane)
    {
        var width = (nuint)Vector<float>.Count;
        ref var x = ref MemoryMarshal.GetReference(inputs);
        ref var first = ref Unsafe.Add(ref MemoryMarshal.GetReference(weights), lane);
        ref var sum = ref Unsafe.Add(ref MemoryMarshal.GetReference(sums), lane);
        var sum0 = Vector.LoadUnsafe(ref sum);
        var sum1 = Vector.LoadUnsafe(ref sum, width);
        var sum2 = Vector.LoadUnsafe(ref sum, 2 * width);
        var sum3 = Vector.LoadUnsafe(ref sum, 3 * width);
        var sum4 = Vector.LoadUnsafe(ref sum, 4 * width);
        var sum5 = Vector.LoadUnsafe(ref sum, 5 * width);
        var sum6 = Vector.LoadUnsafe(ref sum, 6 * width);
        var sum7 = Vector.LoadUnsafe(ref sum, 7 * width);
        foreach (var row in rows)
        {
            var input = new Vector<float>(Unsafe.Add(ref x, row));
            ref var weight = ref Unsafe.Add(ref first, (nint)row * sums.Length);
            sum0 += Vector.LoadUnsafe(ref weight) * input;
            sum1 += Vector.LoadUnsafe(ref weight, width) * input;
            sum2 += Vector.LoadUnsafe(ref weight, 2 * width) * input;
            sum3 += Vector.LoadUnsafe(ref weight, 3 * width) * input;
            sum4 += Vector.LoadUnsafe(ref weight, 4 * width) * input;
            sum5 += Vector.LoadUnsafe(ref weight, 5 * width) * input;
            sum6 += Vector.LoadUnsafe(ref weight, 6 * width) * input;
            sum7 += Vector.LoadUnsafe(ref weight, 7 * width) * input;
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

    private static void AddVector(
        ReadOnlySpan<int> rows, ReadOnlySpan<float> inputs, ReadOnlySpan<float> weights, Span<float> sums, int lane)
    {
        var sum = new Vector<float>(sums[lane..]);
        foreach (var row in rows)
        {
            sum += new Vector<float>(weights[((row * sums.Length) + lane)..]) * new Vector<float>(inputs[row]);
        }

        sum.CopyTo(sums[lane..]);
    }
}
