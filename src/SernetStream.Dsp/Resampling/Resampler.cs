namespace SernetStream.Dsp.Resampling;

/// <summary>
/// Converts a whole recording at once; the same filter as <see cref="StreamingResampler"/>, to the bit.
/// </summary>
public static class Resampler
{
    /// <summary>Samples a recording has at another rate: ⌈length · outputRate / inputRate⌉.</summary>
    /// <param name="inputLength">Samples at the input rate; 0 or more.</param>
    /// <param name="inputRate">Samples per second of the recording; above 0.</param>
    /// <param name="outputRate">Samples per second of the result; above 0.</param>
    /// <exception cref="OverflowException">The result does not fit in 64 bits.</exception>
    public static long OutputLength(long inputLength, int inputRate, int outputRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(inputLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inputRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outputRate);
        var (whole, rest) = Math.DivRem(inputLength, inputRate);
        return checked((whole * outputRate) + (((rest * outputRate) + inputRate - 1) / inputRate));
    }

    /// <summary>
    /// Converts a recording. Sample k of the result lies at the time k / outputRate of the recording.
    /// </summary>
    /// <param name="samples">The recording; silence is assumed before and after it.</param>
    /// <param name="inputRate">Its samples per second: 8 000 to 192 000.</param>
    /// <param name="outputRate">The result's samples per second: 8 000 to 192 000.</param>
    /// <returns><see cref="OutputLength"/> samples.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A rate lies outside the range, or the result is too long.
    /// </exception>
    public static float[] Resample(ReadOnlySpan<float> samples, int inputRate, int outputRate)
    {
        var resampler = new StreamingResampler(inputRate, outputRate);
        var length = OutputLength(samples.Length, inputRate, outputRate);
        if (length > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(samples),
                samples.Length,
                $"samples has a length of {samples.Length}; at {outputRate} samples per second that would be {length}, "
                + $"and an array holds at most {Array.MaxLength}. Use a {nameof(StreamingResampler)}.");
        }

        var result = new float[length];
        var written = resampler.Process(samples, result, out _);
        while (written < result.Length)
        {
            written += resampler.Flush(result.AsSpan(written));
        }

        return result;
    }
}
