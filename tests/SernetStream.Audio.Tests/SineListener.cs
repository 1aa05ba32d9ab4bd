namespace SernetStream.Audio.Tests;

/// <summary>Measures a sine in a piece of sound.</summary>
internal static class SineListener
{
    /// <summary>A sine with phase 0 at its beginning.</summary>
    public static float[] Make(double frequency, int sampleRate, int count, double amplitude)
    {
        var step = 2 * Math.PI * frequency / sampleRate;
        return [.. Enumerable.Range(0, count).Select(n => (float)(amplitude * Math.Sin(step * n)))];
    }

    /// <summary>Amplitude of one frequency, by correlation over the whole piece.</summary>
    public static double Amplitude(ReadOnlySpan<float> samples, double frequency, int sampleRate)
    {
        var (re, im) = (0.0, 0.0);
        for (var n = 0; n < samples.Length; n++)
        {
            // A Hann window keeps neighbouring frequencies out.
            var window = 1 - Math.Cos(2 * Math.PI * n / samples.Length);
            var (sin, cos) = Math.SinCos(2 * Math.PI * frequency * n / sampleRate);
            re += window * samples[n] * cos;
            im += window * samples[n] * sin;
        }

        return 2 * Math.Sqrt((re * re) + (im * im)) / samples.Length;
    }

    /// <summary>Root mean square.</summary>
    public static double Rms(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var sample in samples)
        {
            sum += (double)sample * sample;
        }

        return Math.Sqrt(sum / samples.Length);
    }
}
