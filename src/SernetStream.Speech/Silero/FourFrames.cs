using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SernetStream.Speech.Silero;

/// <summary>
/// A convolution of four frames to four, three taps wide, with a frame of zeros at each end. Each weight is read once for all frames: there
/// are too many for the processor's nearest cache, so reading them is what takes the time.
/// </summary>
internal static class FourFrames
{
    /// <summary>Frames that come in and go out.</summary>
    public const int Count = 4;

    private const int VectorsInBlock = 2;

    /// <summary>Whether vectors can do it: the layer is of that kind, and its outputs are whole blocks.</summary>
    public static bool CanDo(SileroLayer layer) => layer is { FramesOut: Count, Stride: 1, FirstTap: 0, Taps: 3 }
        && layer.Outputs % (VectorsInBlock * Vector<float>.Count) == 0;

    /// <summary>Computes the layer, and of each sum no less than zero.</summary>
    /// <param name="layer">One that it can do.</param>
    /// <param name="image">Frames × inputs.</param>
    /// <param name="result">Frames × outputs.</param>
    public static void Convolve(SileroLayer layer, ReadOnlySpan<float> image, Span<float> result)
    {
        if (image.Length != Count * layer.Inputs || result.Length != Count * layer.Outputs)
        {
            throw new ArgumentException($"{Count} frames have {layer.Inputs} inputs and {layer.Outputs} outputs each.", nameof(image));
        }

        for (var lane = 0; lane < layer.Outputs; lane += VectorsInBlock * Vector<float>.Count)
        {
            Block(layer, ref MemoryMarshal.GetReference(image), lane, ref Unsafe.Add(ref MemoryMarshal.GetReference(result), lane));
        }
    }

    /// <summary>Some outputs of all frames: a, b, c and d. They are summed in the order of taps and inputs.</summary>
    private static void Block(SileroLayer layer, ref float image, int lane, ref float result)
    {
        var (inputs, outputs) = (layer.Inputs, layer.Outputs);
        var (a, a2) = (new Vector<float>(layer.Bias[lane..]), new Vector<float>(layer.Bias[(lane + Vector<float>.Count)..]));
        var (b, b2, c, c2, d, d2) = (a, a2, a, a2, a, a2);
        ref var weight = ref Unsafe.Add(ref MemoryMarshal.GetReference(layer.WeightsOf(0)), lane);
        for (var i = 0; i < inputs; i++, weight = ref Unsafe.Add(ref weight, outputs))
        {
            var (w, w2) = (Vector.LoadUnsafe(ref weight), Vector.LoadUnsafe(ref weight, (nuint)Vector<float>.Count));
            ref var x = ref Unsafe.Add(ref image, i);
            Add(ref b, ref b2, w, w2, x);
            Add(ref c, ref c2, w, w2, Unsafe.Add(ref x, inputs));
            Add(ref d, ref d2, w, w2, Unsafe.Add(ref x, 2 * inputs));
        }

        weight = ref Unsafe.Add(ref MemoryMarshal.GetReference(layer.WeightsOf(1)), lane);
        for (var i = 0; i < inputs; i++, weight = ref Unsafe.Add(ref weight, outputs))
        {
            var (w, w2) = (Vector.LoadUnsafe(ref weight), Vector.LoadUnsafe(ref weight, (nuint)Vector<float>.Count));
            ref var x = ref Unsafe.Add(ref image, i);
            Add(ref a, ref a2, w, w2, x);
            Add(ref b, ref b2, w, w2, Unsafe.Add(ref x, inputs));
            Add(ref c, ref c2, w, w2, Unsafe.Add(ref x, 2 * inputs));
            Add(ref d, ref d2, w, w2, Unsafe.Add(ref x, 3 * inputs));
        }

        weight = ref Unsafe.Add(ref MemoryMarshal.GetReference(layer.WeightsOf(2)), lane);
        for (var i = 0; i < inputs; i++, weight = ref Unsafe.Add(ref weight, outputs))
        {
            var (w, w2) = (Vector.LoadUnsafe(ref weight), Vector.LoadUnsafe(ref weight, (nuint)Vector<float>.Count));
            ref var x = ref Unsafe.Add(ref image, i);
            Add(ref a, ref a2, w, w2, Unsafe.Add(ref x, inputs));
            Add(ref b, ref b2, w, w2, Unsafe.Add(ref x, 2 * inputs));
            Add(ref c, ref c2, w, w2, Unsafe.Add(ref x, 3 * inputs));
        }

        Store(a, a2, ref result);
        Store(b, b2, ref Unsafe.Add(ref result, outputs));
        Store(c, c2, ref Unsafe.Add(ref result, 2 * outputs));
        Store(d, d2, ref Unsafe.Add(ref result, 3 * outputs));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector<float> sum, ref Vector<float> sum2, Vector<float> weight, Vector<float> weight2, float input)
    {
        var x = new Vector<float>(input);
        sum += weight * x;
        sum2 += weight2 * x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<float> sum, Vector<float> sum2, ref float result)
    {
        Vector.Max(sum, Vector<float>.Zero).StoreUnsafe(ref result);
        Vector.Max(sum2, Vector<float>.Zero).StoreUnsafe(ref result, (nuint)Vector<float>.Count);
    }
}
