using System.Numerics;

namespace SernetStream.Dsp.Simd;

/// <summary>Smallest and largest of many numbers, none of which is NaN.</summary>
internal static class MinMax
{
    /// <summary>The smallest and the largest; of none, infinity and zero.</summary>
    public static (float Least, float Most) Of(ReadOnlySpan<float> values)
    {
        var (least, most) = (new Vector<float>(float.PositiveInfinity), Vector<float>.Zero);
        var n = 0;
        for (; n + Vector<float>.Count <= values.Length; n += Vector<float>.Count)
        {
            var value = new Vector<float>(values[n..]);
            (least, most) = (Vector.Min(least, value), Vector.Max(most, value));
        }

        var (smallest, largest) = (float.PositiveInfinity, 0f);
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            (smallest, largest) = (Math.Min(smallest, least[lane]), Math.Max(largest, most[lane]));
        }

        for (; n < values.Length; n++)
        {
            (smallest, largest) = (Math.Min(smallest, values[n]), Math.Max(largest, values[n]));
        }

        return (smallest, largest);
    }

    /// <summary>The largest absolute value; 0 of none.</summary>
    public static float LargestAbsolute(ReadOnlySpan<float> values)
    {
        var largest = Vector<float>.Zero;
        var n = 0;
        for (; n + Vector<float>.Count <= values.Length; n += Vector<float>.Count)
        {
            largest = Vector.Max(largest, Vector.Abs(new Vector<float>(values[n..])));
        }

        var result = 0f;
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            result = Math.Max(result, largest[lane]);
        }

        for (; n < values.Length; n++)
        {
            result = Math.Max(result, Math.Abs(values[n]));
        }

        return result;
    }
}
