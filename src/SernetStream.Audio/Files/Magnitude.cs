using System.Numerics;

namespace SernetStream.Audio.Files;

/// <summary>How far samples are from zero.</summary>
internal static class Magnitude
{
    /// <summary>The largest; infinity or not a number where any sample is.</summary>
    public static float Largest(ReadOnlySpan<float> samples)
    {
        // Compared as bits: without their sign, floats are in the order of their bits, infinity and NaN beyond all others.
        var most = Vector<int>.Zero;
        var n = 0;
        for (; n + Vector<float>.Count <= samples.Length; n += Vector<float>.Count)
        {
            most = Vector.Max(most, new Vector<float>(samples[n..]).As<float, int>() & new Vector<int>(int.MaxValue));
        }

        var largest = 0;
        for (var lane = 0; lane < Vector<int>.Count; lane++)
        {
            largest = Math.Max(largest, most[lane]);
        }

        for (; n < samples.Length; n++)
        {
            largest = Math.Max(largest, BitConverter.SingleToInt32Bits(samples[n]) & int.MaxValue);
        }

        return BitConverter.Int32BitsToSingle(largest);
    }
}
