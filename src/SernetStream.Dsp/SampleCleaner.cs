using System.Numerics;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp;

/// <summary>Removes invalid samples before any computation.</summary>
public static class SampleCleaner
{
    /// <summary>A larger sample (full scale is 1) is invalid: its power would exceed single precision.</summary>
    public const float Largest = 1e12f;

    /// <summary>
    /// A smaller sample (−300 dB) is silence: 24-bit audio ends at 1e-7, and what fades below this would reach the
    /// numbers below 1.2e-38 for which processors are slow.
    /// </summary>
    public const float Smallest = 1e-15f;

    /// <summary>
    /// Replaces, in place, what is not a number, infinite or beyond ±<see cref="Largest"/> by zero, and what is below
    /// <see cref="Smallest"/> too.
    /// </summary>
    /// <returns>How many were not numbers, infinite or too large; small ones are not counted.</returns>
    public static int Clean(Span<float> samples)
    {
        // Compared as bits: positive floats are in the order of their bits, infinity and NaN beyond all others, and
        // integers know no slow path for tiny numbers.
        var (smallest, largest) = (
            new Vector<int>(BitConverter.SingleToInt32Bits(Smallest)), new Vector<int>(BitConverter.SingleToInt32Bits(Largest)));
        var range = (largest - smallest).As<int, uint>();
        ref var start = ref MemoryMarshal.GetReference(samples);
        var invalid = 0;
        var n = 0;
        for (; Vector.IsHardwareAccelerated && n + Vector<float>.Count <= samples.Length; n += Vector<float>.Count)
        {
            var value = VectorExtensions.Load(ref start, n);
            var magnitude = value.As<float, int>() & new Vector<int>(int.MaxValue);
            if (Vector.GreaterThanAny((magnitude - smallest).As<int, uint>(), range))
            {
                var isValid = Vector.LessThanOrEqual(magnitude, largest);
                var isSound = isValid & Vector.GreaterThanOrEqual(magnitude, smallest);
                invalid += Vector<int>.Count + Vector.Sum(isValid);
                VectorExtensions.Store(Vector.ConditionalSelect(isSound, value, Vector<float>.Zero), ref start, n);
            }
        }

        for (; n < samples.Length; n++)
        {
            var magnitude = Math.Abs(samples[n]);
            invalid += magnitude <= Largest ? 0 : 1;
            samples[n] = magnitude is >= Smallest and <= Largest ? samples[n] : 0;
        }

        return invalid;
    }
}
