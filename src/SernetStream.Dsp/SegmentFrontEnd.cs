namespace SernetStream.Dsp;

/// <summary>
/// The front end for whole recordings, as in training: segment → level → frames → mel → log → DCT. This is
/// the definition; <see cref="StreamingFrontEnd"/> reaches the same numbers without computing a frame twice.
/// </summary>
/// <remarks>Instances keep scratch memory: one thread each.</remarks>
public sealed class SegmentFrontEnd
{
    private readonly MelFrameTransform _frames;
    private readonly CepstralTransform _cepstrum;
    private readonly SegmentLevel _level;
    private readonly float[] _segment;
    private readonly float[] _mel;

    /// <summary>Prepares for the options.</summary>
    public SegmentFrontEnd(FrontEndOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        _frames = new MelFrameTransform(options);
        _cepstrum = new CepstralTransform(options);
        _level = new SegmentLevel(options);
        _segment = new float[options.SegmentLength];
        _mel = new float[options.MelBands];
    }

    /// <summary>The options it was made with.</summary>
    public FrontEndOptions Options { get; }

    /// <summary>
    /// Writes the features of a recording of any length: longer than a segment is cut evenly at both ends, shorter is
    /// padded evenly with zeros (an odd sample more goes to the end).
    /// </summary>
    /// <param name="samples">The recording at the options' sample rate, −1..1.</param>
    /// <param name="features">Frames × coefficients, row by row.</param>
    public void Compute(ReadOnlySpan<float> samples, Span<float> features)
    {
        var length = _segment.Length;
        if (samples.Length > length)
        {
            samples = samples.Slice((samples.Length - length) / 2, length);
        }

        Compute(samples, (length - samples.Length) / 2, features);
    }

    /// <summary>Writes the features of a segment whose samples lie at a given place between zeros.</summary>
    /// <param name="samples">At most a segment of samples.</param>
    /// <param name="zerosBefore">Zeros in front of them.</param>
    /// <param name="features">Frames × coefficients, row by row.</param>
    /// <exception cref="ArgumentException">The samples do not fit there, or the features have another length.</exception>
    public void Compute(ReadOnlySpan<float> samples, int zerosBefore, Span<float> features)
    {
        if (zerosBefore < 0 || samples.Length > _segment.Length - zerosBefore)
        {
            throw new ArgumentException(
                $"{samples.Length} samples behind {zerosBefore} zeros do not fit a segment of {_segment.Length}.", nameof(samples));
        }

        Options.RequireRoom(features);
        _segment.AsSpan().Clear();
        samples.CopyTo(_segment.AsSpan(zerosBefore));
        var gain = _level.GainOf(samples);
        for (var frame = 0; frame < Options.FrameCount; frame++)
        {
            var frameSamples = _segment.AsSpan(frame * Options.HopLength, Options.FrameLength);
            var coefficients = features.Slice(frame * Options.Coefficients, Options.Coefficients);
            if (Options.Level == LevelKind.Percentile999)
            {
                _frames.ApplyClipped(frameSamples, gain, _mel);
                _cepstrum.Apply(_mel, 1, coefficients);
            }
            else
            {
                _frames.Apply(frameSamples, _mel);
                _cepstrum.Apply(_mel, gain, coefficients);
            }
        }
    }
}
