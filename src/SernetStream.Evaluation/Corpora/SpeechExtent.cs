namespace SernetStream.Evaluation.Corpora;

/// <summary>The part of a recording in which somebody speaks, without the silence at both ends.</summary>
public static class SpeechExtent
{
    /// <summary>How far below its loudest frame a recording is still speech, in decibels.</summary>
    public const double RangeDb = 35;

    /// <summary>Length of a frame.</summary>
    public const double FrameSeconds = 0.02;

    /// <summary>Finds the first and the last frame within <see cref="RangeDb"/> of the loudest.</summary>
    /// <returns>First sample and one past the last; all of a recording that is silent.</returns>
    public static (int Start, int End) Of(ReadOnlySpan<float> samples, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        var length = Math.Max(1, (int)(FrameSeconds * sampleRate));
        var powers = new double[(samples.Length + length - 1) / length];
        for (var frame = 0; frame < powers.Length; frame++)
        {
            powers[frame] = Power(samples.Slice(frame * length, Math.Min(length, samples.Length - (frame * length))));
        }

        var least = powers.Length == 0 ? 0 : powers.Max() * Math.Pow(10, -RangeDb / 10);
        if (least == 0)
        {
            return (0, samples.Length);
        }

        var first = Array.FindIndex(powers, power => power >= least);
        var last = Array.FindLastIndex(powers, power => power >= least);
        return (first * length, Math.Min(samples.Length, (last + 1) * length));
    }

    /// <summary>Mean square of samples; 0 for none.</summary>
    public static double Power(ReadOnlySpan<float> samples)
    {
        var sum = 0.0;
        foreach (var sample in samples)
        {
            sum += sample * (double)sample;
        }

        return samples.IsEmpty ? 0 : sum / samples.Length;
    }
}
