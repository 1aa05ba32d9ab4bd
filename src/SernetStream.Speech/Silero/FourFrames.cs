using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Models.LightSernet;

namespace SernetStream.Speech.Silero;

/// <summary>
/// A convolution of four frames to four, three taps wide, with a frame of zeros at each end. Each weight is read once for all frames: there
/// are too many for the processor's nearest cache, so reading them is much of the time.
/// </summary>
internal static class FourFrames
{
    /// <summary>Frames that come in and go out.</summary>
    public const int Count = 4;

    private const int VectorsInBlock = 2;

    /// <summary>Whether vectors can do it: the layer is of that kind, and its outputs are whole blocks.</summary>
    public static bool CanDo(SileroLayer layer) => layer is { FramesOut: Count, Stride: 1, FirstTap: 0, Weights.Shape.Taps: 3 }
        && layer.Weights.Shape.Outputs % (VectorsInBlock * Vector<int>.Count) == 0;

    /// <summary>Computes the sums of a layer.</summary>
    /// <param name="weights">Of one that it can do.</param>
    /// <param name="image">Frames × inputs, in whole pairs.</param>
    /// <param name="sums">Frames × outputs.</param>
    public static void Sum(LevelMatrix weights, ReadOnlySpan<short> image, Span<int> sums)
    {
        var (pairs, outputs) = (weights.Shape.Pairs, weights.Shape.Outputs);
        if (image.Length != Count * 2 * pairs || sums.Length != Count * outputs)
        {
            throw new ArgumentException($"{Count} frames have {2 * pairs} inputs and {outputs} outputs each.", nameof(image));
        }

        if (WideSums.AreThere)
        {
            WideSums.FourFrames(weights, image, sums);
            return;
        }

        ref var start = ref Unsafe.As<short, int>(ref MemoryMarshal.GetReference(image));
        for (var lane = 0; lane < outputs; lane += VectorsInBlock * Vector<int>.Count)
        {
            var place = weights.Shape.PlaceOf(tap: 0, input: 0, lane);
            Block(ref MemoryMarshal.GetReference(weights.Weights[place..]), pairs, ref start, ref MemoryMarshal.GetReference(sums[lane..]), outputs);
        }
    }

    /// <summary>Some outputs of all frames: a, b, c and d.</summary>
    private static void Block(ref short weight, int pairs, ref int image, ref int sums, int outputs)
    {
        Vector<int> a = default, a2 = default, b = default, b2 = default, c = default, c2 = default, d = default, d2 = default;
        for (var i = 0; i < pairs; i++, weight = ref Unsafe.Add(ref weight, 2 * LevelShape.Block))
        {
            var (w, w2) = (Vector.LoadUnsafe(ref weight), Vector.LoadUnsafe(ref weight, (nuint)Vector<short>.Count));
            ref var x = ref Unsafe.Add(ref image, i);
            Add(ref b, ref b2, w, w2, x);
            Add(ref c, ref c2, w, w2, Unsafe.Add(ref x, pairs));
            Add(ref d, ref d2, w, w2, Unsafe.Add(ref x, 2 * pairs));
        }

        for (var i = 0; i < pairs; i++, weight = ref Unsafe.Add(ref weight, 2 * LevelShape.Block))
        {
            var (w, w2) = (Vector.LoadUnsafe(ref weight), Vector.LoadUnsafe(ref weight, (nuint)Vector<short>.Count));
            ref var x = ref Unsafe.Add(ref image, i);
            Add(ref a, ref a2, w, w2, x);
            Add(ref b, ref b2, w, w2, Unsafe.Add(ref x, pairs));
            Add(ref c, ref c2, w, w2, Unsafe.Add(ref x, 2 * pairs));
            Add(ref d, ref d2, w, w2, Unsafe.Add(ref x, 3 * pairs));
        }

        for (var i = 0; i < pairs; i++, weight = ref Unsafe.Add(ref weight, 2 * LevelShape.Block))
        {
            var (w, w2) = (Vector.LoadUnsafe(ref weight), Vector.LoadUnsafe(ref weight, (nuint)Vector<short>.Count));
            ref var x = ref Unsafe.Add(ref image, i);
            Add(ref a, ref a2, w, w2, Unsafe.Add(ref x, pairs));
            Add(ref b, ref b2, w, w2, Unsafe.Add(ref x, 2 * pairs));
            Add(ref c, ref c2, w, w2, Unsafe.Add(ref x, 3 * pairs));
        }

        Store(a, a2, ref sums);
        Store(b, b2, ref Unsafe.Add(ref sums, outputs));
        Store(c, c2, ref Unsafe.Add(ref sums, 2 * outputs));
        Store(d, d2, ref Unsafe.Add(ref sums, 3 * outputs));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector<int> sum, ref Vector<int> sum2, Vector<short> weight, Vector<short> weight2, int inputs)
    {
        var two = new Vector<int>(inputs).As<int, short>();
        sum += PairProduct.Of(weight, two);
        sum2 += PairProduct.Of(weight2, two);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<int> sum, Vector<int> sum2, ref int sums)
    {
        sum.StoreUnsafe(ref sums);
        sum2.StoreUnsafe(ref sums, (nuint)Vector<int>.Count);
    }
}
