using System.Runtime.InteropServices;

namespace SernetStream.Models.Teaching;

/// <summary>Many numbers in a card: of half precision, little-endian, in base 64.</summary>
internal static class HalfPrecision
{
    /// <summary>Reads them.</summary>
    /// <param name="key">What to call them in messages.</param>
    /// <param name="text">What the card holds.</param>
    /// <param name="count">How many it must be.</param>
    /// <exception cref="ArgumentException">It is not that, or other than so many.</exception>
    public static float[] Parse(string key, string text, int count)
    {
        byte[] bytes;
        try
        {
            bytes = Convert.FromBase64String(text);
        }
        catch (FormatException error)
        {
            throw new ArgumentException($"{key} is not base 64; copy the card again.", error);
        }

        var halves = MemoryMarshal.Cast<byte, Half>(bytes);
        if (bytes.Length != count * sizeof(ushort))
        {
            throw new ArgumentException($"{key} holds {bytes.Length} bytes; {count} numbers are {count * sizeof(ushort)}.");
        }

        var values = new float[halves.Length];
        for (var i = 0; i < halves.Length; i++)
        {
            values[i] = (float)halves[i];
        }

        return values.All(float.IsFinite) ? values : throw new ArgumentException($"{key} holds what is no number; copy the card again.");
    }
}
