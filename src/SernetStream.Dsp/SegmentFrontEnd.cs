using System.Numerics;
using SernetStream.Dsp.Levels;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp;

/// <summary>
/// The front end for whole recordings, as in training: segment → level → frames → energies → logarithm → DCT.
/// A segment is a short stream: it is fed to a <see cref="StreamingFrontEnd"/>, so both are one implementation; only
/// the clip at ±1 of the level <see cref="LevelKind.Percentile999"/> is added here, where the level is known first.
/// </summary>
/// <remarks>Instances keep scratch memory and allocate nothing after construction: one thread each.</remarks>
public sealed class SegmentFrontEnd
{
    private readonly StreamingFrontEnd _stream;
    private readonly SegmentLevel _level;
    private readonly float[] _segment;

    /// <summary>Prepares for the options.</summary>
    /// <param name="options">The front end of the model.</param>
    /// <param name="mode">Which implementation of the inner loops runs.</param>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public SegmentFrontEnd(FrontEndOptions options, SimdMode mode = SimdMode.Fastest)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        _stream = new StreamingFrontEnd(options, mode: mode);
        _level = new SegmentLevel(options);
        _segment = new float[options.SegmentLength];
    }

    /// <summary>The options it was made with.</summary>
    public FrontEndOptions Options { get; }

    /// <summary>Samples in the last segment that were no numbers, infinite or too large, and became zeros.</summary>
    public int InvalidSamples { get; private set; }

    /// <summary>
    /// Whether samples are clipped to ±1 after the level <see cref="LevelKind.Percentile999"/> was applied, as in
    /// training; a stream cannot, and this says what that costs. True unless set.
    /// </summary>
    public bool Clips { get; init; } = true;

    /// <summary>
    /// Writes the features of a recording of any length: longer than a segment is cut evenly at both ends, shorter is
    /// padded evenly with zeros (an odd sample more goes to the end).
    /// </summary>
    /// <param name="samples">The recording at the options' sample rate, −1..1.</param>
    /// <param name="features">Frames × features of a frame, row by row.</param>
    /// <exception cref="ArgumentException">The features have another length.</exception>
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
    /// <param name="features">Frames × features of a frame, row by row.</param>
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
        var placed = _segment.AsSpan(zerosBefore, samples.Length);
        samples.CopyTo(placed);
        InvalidSamples = SampleCleaner.Clean(placed);
        var gain = _level.GainOf(placed);
        if (Clips && Options.Level == LevelKind.Percentile999)
        {
            // At ±1 after the gain is at ±1/gain before it; the gain itself is applied to the energies.
            Clip(placed, (float)(1 / gain));
        }

        _stream.Reset();
        _stream.WriteClean(_segment);
        _stream.Cut(0, _segment.Length, gain, features);
    }

    private static void Clip(Span<float> samples, float limit)
    {
        var (least, most) = (new Vector<float>(-limit), new Vector<float>(limit));
        var n = 0;
        for (; n + Vector<float>.Count <= samples.Length; n += Vector<float>.Count)
        {
            Vector.Max(least, Vector.Min(most, new Vector<float>(samples[n..]))).CopyTo(samples[n..]);
        }

        for (; n < samples.Length; n++)
        {
            samples[n] = Math.Clamp(samples[n], -limit, limit);
        }
    }
}
