using System.Runtime.Intrinsics;

namespace SernetStream.Models.LightSernet;

/// <summary>Sums of floats in one order on every processor: four at a time.</summary>
internal static class FixedSum
{
    /// <summary>The sum of a multiple of four values.</summary>
    public static float Of(ReadOnlySpan<float> values)
    {
        var sum = Vector128<float>.Zero;
        for (var i = 0; i < values.Length; i += Vector128<float>.Count)
        {
            sum += Vector128.Create(values[i..]);
        }

        return sum[0] + sum[1] + (sum[2] + sum[3]);
    }

    /// <summary>The sum of the products of values and weights, of a multiple of four.</summary>
    public static float OfProducts(ReadOnlySpan<float> values, ReadOnlySpan<float> weights)
    {
        var sum = Vector128<float>.Zero;
        var whole = values.Length / Vector128<float>.Count * Vector128<float>.Count;
        for (var i = 0; i < whole; i += Vector128<float>.Count)
        {
            sum += Vector128.Create(values[i..]) * Vector128.Create(weights[i..]);
        }

        var rest = 0f;
        for (var i = whole; i < values.Length; i++)
        {
            rest += values[i] * weights[i];
        }

        return sum[0] + sum[1] + (sum[2] + sum[3]) + rest;
    }
}
