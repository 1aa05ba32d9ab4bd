using System.Numerics;

namespace SernetStream.Dsp;

/// <summary>Finds samples that are not numbers.</summary>
public static class Finite
{
    /// <summary>Whether none of the values is infinite or not a number.</summary>
    public static bool All(ReadOnlySpan<float> values)
    {
        // v − v is zero of a number and not a number of anything else, and a sum keeps that.
        var vectors = Vector<float>.Zero;
        var n = 0;
        for (; Vector.IsHardwareAccelerated && n + Vector<float>.Count <= values.Length; n += Vector<float>.Count)
        {
            var value = new Vector<float>(values[n..]);
            vectors += value - value;
        }

        var sum = Vector.Sum(vectors);
        for (; n < values.Length; n++)
        {
            sum += values[n] - values[n];
        }

        return sum == 0;
    }
}
