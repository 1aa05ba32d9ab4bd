namespace SernetStream.Diagnosis;

/// <summary>
/// A signal between a voice and a machine, the same on every computer: a gliding pitch with its harmonics, in syllables
/// of a quarter of a second, over a little noise. No network takes it for speech; it serves for known answers and for
/// costs.
/// </summary>
internal static class TestSignal
{
    public const int SampleRate = 16000;

    private const int Harmonics = 20;
    private const double SyllablesPerSecond = 4;

    /// <summary>How loud a quiet room is, by its largest sample: −60 dB of full scale.</summary>
    private const double QuietLevel = 0.001;

    /// <summary>So many seconds of a room in which nobody speaks: a little noise, the same on every computer.</summary>
    public static float[] MakeQuiet(double seconds)
    {
        var samples = new float[(int)(seconds * SampleRate)];
        var noise = 1u;
        foreach (ref var sample in samples.AsSpan())
        {
            sample = (float)(QuietLevel * NextNoise(ref noise) * 2);
        }

        return samples;
    }

    /// <summary>So many seconds of it, −1..1.</summary>
    public static float[] Make(double seconds)
    {
        var samples = new float[(int)(seconds * SampleRate)];
        var phase = 0.0;
        var noise = 1u;
        for (var i = 0; i < samples.Length; i++)
        {
            var time = (double)i / SampleRate;
            phase += (140 + (40 * Math.Sin(Math.Tau * 0.7 * time))) / SampleRate;
            phase -= Math.Floor(phase);
            var voice = 0.0;
            for (var harmonic = 1; harmonic <= Harmonics; harmonic++)
            {
                voice += Math.Sin(Math.Tau * harmonic * phase) / harmonic;
            }

            var envelope = 0.5 - (0.5 * Math.Cos(Math.Tau * SyllablesPerSecond * time));
            samples[i] = (float)((0.2 * envelope * voice) + (0.005 * NextNoise(ref noise)));
        }

        return samples;
    }

    /// <summary>The next number of Numerical Recipes' "quick and dirty" generator, −0.5..0.5: the same numbers everywhere.</summary>
    private static double NextNoise(ref uint noise)
    {
        noise = (1664525 * noise) + 1013904223;
        return (noise / (double)uint.MaxValue) - 0.5;
    }
}
