namespace SernetStream.Dsp.Tests;

internal static class Numbers
{
    public static double LargestDifference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        var largest = 0.0;
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = Math.Abs((double)expected[i] - actual[i]);
            largest = double.IsNaN(difference) ? double.PositiveInfinity : Math.Max(largest, difference);
        }

        return largest;
    }

    public static float[] Noise(int count, int seed, float amplitude = 0.5f)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1) * amplitude)];
    }

    /// <summary>Noise whose level changes slowly and hardly exceeds the 99.9th percentile of any window.</summary>
    public static float[] Speechlike(int count, int seed)
    {
        var samples = Noise(count, seed);
        for (var i = 0; i < count; i++)
        {
            samples[i] *= 0.2f + (0.8f * MathF.Abs(MathF.Sin(i / 3000f)));
        }

        return samples;
    }
}
