namespace SernetStream.Dsp.Tests.Resampling;

/// <summary>Makes sines and measures them: amplitude and phase by least squares, and the residual.</summary>
internal static class Tone
{
    /// <summary>A sine of amplitude 1 with phase 0 at time 0.</summary>
    public static float[] Make(double frequency, int sampleRate, int count) =>
        [.. Enumerable.Range(0, count).Select(n => (float)Math.Sin(2 * Math.PI * frequency * n / sampleRate))];

    /// <summary>
    /// Fits a sine of a known frequency to samples; the first has the index <paramref name="first"/>.
    /// </summary>
    public static ToneFit Measure(ReadOnlySpan<float> samples, int first, double frequency, int sampleRate)
    {
        var (ss, sc, cc, xs, xc) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < samples.Length; i++)
        {
            var (sin, cos) = Math.SinCos(2 * Math.PI * frequency * (first + i) / sampleRate);
            ss += sin * sin;
            sc += sin * cos;
            cc += cos * cos;
            xs += samples[i] * sin;
            xc += samples[i] * cos;
        }

        var determinant = (ss * cc) - (sc * sc);
        var a = ((xs * cc) - (xc * sc)) / determinant;
        var b = ((xc * ss) - (xs * sc)) / determinant;
        var rest = 0.0;
        for (var i = 0; i < samples.Length; i++)
        {
            var (sin, cos) = Math.SinCos(2 * Math.PI * frequency * (first + i) / sampleRate);
            var error = samples[i] - (a * sin) - (b * cos);
            rest += error * error;
        }

        var amplitude = Math.Sqrt((a * a) + (b * b));
        var residual = Math.Sqrt(rest / samples.Length);
        return new ToneFit(Decibels(amplitude), Math.Atan2(b, a), Decibels(residual * Math.Sqrt(2)));
    }

    /// <summary>Root mean square in dB relative to a full-scale sine.</summary>
    public static double LevelDb(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var sample in samples)
        {
            sum += (double)sample * sample;
        }

        return Decibels(Math.Sqrt(2 * sum / samples.Length));
    }

    private static double Decibels(double ratio) => 20 * Math.Log10(Math.Max(ratio, 1e-12));
}

/// <param name="GainDb">Amplitude of the fitted sine, in dB relative to 1.</param>
/// <param name="Phase">Its lead in radians.</param>
/// <param name="ResidualDb">The rest (images, aliases, rounding), in dB relative to a full-scale sine.</param>
internal readonly record struct ToneFit(double GainDb, double Phase, double ResidualDb);
