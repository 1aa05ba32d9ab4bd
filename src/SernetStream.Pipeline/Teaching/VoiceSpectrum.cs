namespace SernetStream.Pipeline.Teaching;

/// <summary>
/// How a voice sounds on the mean of an utterance: the mean of each band over the frames with speech, apart from how loud it is all
/// together. Of a network that streams, which hears frames as they are; one with a baseline has such means among its features.
/// </summary>
internal static class VoiceSpectrum
{
    /// <summary>So far below the loudest frame, in natural logarithms, a frame counts as speech: 26 dB. Then its weight falls to 0 over one more.</summary>
    private const float Speech = 3;

    /// <summary>So far below the loudest number, nothing is looked at: 61 dB.</summary>
    private const float Depth = 7;

    /// <summary>
    /// By how much a band differs from utterance to utterance, in natural logarithms, of EMO-DB. The means are multiples of it, as a model's
    /// features are of their deviations.
    /// </summary>
    private const float Deviation = 0.42f;

    /// <summary>Of frames of log-mel energies.</summary>
    /// <param name="frames">Row by row.</param>
    /// <param name="bands">Numbers of a row.</param>
    public static float[] Of(ReadOnlySpan<float> frames, int bands)
    {
        var (loudest, peak) = (float.NegativeInfinity, float.NegativeInfinity);
        for (var at = 0; at < frames.Length; at += bands)
        {
            loudest = Math.Max(loudest, Mean(frames.Slice(at, bands)));
            foreach (var value in frames.Slice(at, bands))
            {
                peak = Math.Max(peak, value);
            }
        }

        var total = 0f;
        var spectrum = new float[bands];
        for (var at = 0; at < frames.Length; at += bands)
        {
            var frame = frames.Slice(at, bands);
            var weight = Math.Clamp(Mean(frame) - loudest + Speech + 0.5f, 0, 1);
            total += weight;
            for (var band = 0; band < bands; band++)
            {
                spectrum[band] += weight * Math.Max(frame[band], peak - Depth);
            }
        }

        var level = Mean(spectrum);
        return [.. spectrum.Select(sum => (sum - level) / total / Deviation)];
    }

    private static float Mean(ReadOnlySpan<float> values)
    {
        var sum = 0f;
        foreach (var value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }
}
