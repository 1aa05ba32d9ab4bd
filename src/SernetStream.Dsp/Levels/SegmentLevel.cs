namespace SernetStream.Dsp.Levels;

/// <summary>Finds the gain that brings a segment to the level the model was trained at.</summary>
/// <remarks>
/// <para>
/// The 99.9th percentile is that of the absolute samples of the segment with its padding, interpolated between
/// neighbours as NumPy's <c>percentile</c> does; it is exact, and its cost is that of the loud blocks.
/// </para>
/// <para>Instances keep scratch memory: one thread each.</para>
/// </remarks>
public sealed class SegmentLevel
{
    private const double Quantile = 0.999;

    private readonly LevelKind _kind;
    private readonly int _segmentLength;
    private readonly BlockPeaks _peaks;
    private readonly RunningPercentile _loud;

    /// <summary>Prepares for segments of the options' length.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public SegmentLevel(FrontEndOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _kind = options.Level;
        _segmentLength = options.SegmentLength;
        _peaks = new BlockPeaks(_segmentLength);
        _loud = new RunningPercentile(_segmentLength);
    }

    /// <summary>
    /// The factor that normalises a segment. 1 if the level is left alone, or if the divisor is zero.
    /// </summary>
    /// <param name="samples">The samples of the segment that are not zero padding; at most the segment's length.</param>
    /// <exception cref="ArgumentException">There are more.</exception>
    public double GainOf(ReadOnlySpan<float> samples)
    {
        if (samples.Length > _segmentLength)
        {
            throw new ArgumentException(
                $"samples has {samples.Length} numbers; a segment has {_segmentLength}.", nameof(samples));
        }

        _peaks.Reset();
        _peaks.Append(samples);
        return GainOf(samples, 0, _peaks);
    }

    /// <summary>As <see cref="GainOf(ReadOnlySpan{float})"/>, of a window of a stream.</summary>
    internal double GainOf(ReadOnlySpan<float> window, long start, BlockPeaks peaks)
    {
        var divisor = _kind switch
        {
            LevelKind.Percentile999 => Percentile999(window, start, peaks),
            LevelKind.Peak => _loud.Find(window, start, peaks, 1).Below,
            _ => 1,
        };
        return divisor > 0 ? 1 / divisor : 1;
    }

    private double Percentile999(ReadOnlySpan<float> window, long start, BlockPeaks peaks)
    {
        // Padding is zeros: they count, and they are never among the loudest unless there is nothing else.
        var position = Quantile * (_segmentLength - 1);
        var (below, above) = _loud.Find(window, start, peaks, _segmentLength - (int)Math.Floor(position));
        return below + (((double)above - below) * (position - Math.Floor(position)));
    }
}
