using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SernetStream.Speech.Silero;

/// <summary>
/// Floats as integers in a common unit, a power of two that follows the largest of them: the network has to hear a whisper as well as
/// a shout.
/// </summary>
internal static class Levels
{
    private const int ExponentBits = 23;
    private const int ExponentBias = 127;
    private const int NoNumber = 255;

    /// <summary>Floats that have less than this as an exponent are none: a unit of them could not be inverted.</summary>
    private const int LeastExponent = 27;

    /// <summary>Beyond it, floats are whole numbers: what is added to it is rounded to the nearest, or to the even one of two.</summary>
    private const float Whole = 12582912;

    /// <summary>The unit in which none of these is more than 2^<paramref name="bits"/>; not a number if one of these is none.</summary>
    public static float UnitOf(ReadOnlySpan<float> values, int bits, bool isVector)
    {
        // Without their sign, floats are in the order of their bits, and what is no number is beyond all others.
        var all = MemoryMarshal.Cast<float, int>(values);
        var (n, largest) = (0, 0);
        if (isVector && all.Length >= Vector<int>.Count)
        {
            var lanes = Vector<int>.Zero;
            for (; n + Vector<int>.Count <= all.Length; n += Vector<int>.Count)
            {
                lanes = Vector.Max(lanes, new Vector<int>(all[n..]) & new Vector<int>(int.MaxValue));
            }

            for (var lane = 0; lane < Vector<int>.Count; lane++)
            {
                largest = Math.Max(largest, lanes[lane]);
            }
        }

        for (; n < all.Length; n++)
        {
            largest = Math.Max(largest, all[n] & int.MaxValue);
        }

        var exponent = largest >> ExponentBits;
        return exponent == NoNumber ? float.NaN : PowerOfTwo(Math.Max(exponent, LeastExponent) - ExponentBias + 1 - bits);
    }

    /// <summary>The integers.</summary>
    /// <param name="values">None is more than 2^14 units.</param>
    /// <param name="unit">As above; if it is not a number, all become zero.</param>
    /// <param name="levels">As many as values.</param>
    /// <param name="isVector">Which implementation runs.</param>
    public static void Round(ReadOnlySpan<float> values, float unit, Span<short> levels, bool isVector)
    {
        if (float.IsNaN(unit))
        {
            levels.Clear();
            return;
        }

        var (n, each) = (0, 1 / unit);
        if (isVector && WideSums.AreThere)
        {
            WideSums.Round(values, each, levels);
            return;
        }

        for (; isVector && n + Vector<short>.Count <= values.Length; n += Vector<short>.Count)
        {
            Vector.Narrow(
                Rounded(new Vector<float>(values[n..]), each),
                Rounded(new Vector<float>(values[(n + Vector<float>.Count)..]), each)).CopyTo(levels[n..]);
        }

        for (; n < values.Length; n++)
        {
            levels[n] = (short)(BitConverter.SingleToInt32Bits((values[n] * each) + Whole) - BitConverter.SingleToInt32Bits(Whole));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<int> Rounded(Vector<float> values, float each) =>
        ((values * new Vector<float>(each)) + new Vector<float>(Whole)).As<float, int>() - new Vector<float>(Whole).As<float, int>();

    private static float PowerOfTwo(int exponent) => BitConverter.Int32BitsToSingle((exponent + ExponentBias) << ExponentBits);
}
