namespace SernetStream.Dsp.Resampling;

/// <summary>The sample rates that can be converted from and to, in samples per second.</summary>
public static class SampleRates
{
    /// <summary>The lowest: telephone speech.</summary>
    public const int Lowest = 8_000;

    /// <summary>The highest: what studio interfaces deliver.</summary>
    public const int Highest = 192_000;

    /// <summary>
    /// True from <see cref="Lowest"/> to <see cref="Highest"/>; any whole number between them is allowed.
    /// </summary>
    public static bool IsSupported(int sampleRate) => sampleRate is >= Lowest and <= Highest;

    /// <exception cref="ArgumentOutOfRangeException">
    /// The rate is not one that <see cref="IsSupported"/> allows.
    /// </exception>
    internal static void Check(int sampleRate, string name)
    {
        if (!IsSupported(sampleRate))
        {
            throw new ArgumentOutOfRangeException(
                name, sampleRate, $"{name} is {sampleRate}; it must be {Lowest} to {Highest} samples per second.");
        }
    }
}
