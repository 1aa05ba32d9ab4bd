namespace SernetStream.Dsp;

/// <summary>Finds the gain that brings a segment to the level the model was trained at.</summary>
/// <remarks>Instances keep scratch memory: one thread each.</remarks>
public sealed class SegmentLevel
{
    private const double Quantile = 0.999;

    private readonly LevelKind _kind;
    private readonly int _segmentLength;
    private readonly PriorityQueue<float, float> _largest;
    private readonly int _kept;

    /// <summary>Prepares for segments of the options' length.</summary>
    public SegmentLevel(FrontEndOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _kind = options.Level;
        _segmentLength = options.SegmentLength;
        _kept = _segmentLength - (int)Math.Floor(Quantile * (_segmentLength - 1));
        _largest = new PriorityQueue<float, float>(_kept + 1);
    }

    /// <summary>
    /// The factor that normalises a segment. 1 if the level is left alone, or if the divisor is zero.
    /// </summary>
    /// <param name="samples">The samples of the segment that are not zero padding; at most the segment's length.</param>
    public double GainOf(ReadOnlySpan<float> samples)
    {
        var divisor = _kind switch
        {
            LevelKind.Percentile999 => Percentile999(samples),
            LevelKind.Peak => LargestAbsolute(samples),
            _ => 1,
        };
        return divisor > 0 ? 1 / divisor : 1;
    }

    /// <summary>
    /// The 99.9th percentile of the absolute samples of the padded segment, interpolated between neighbours as
    /// NumPy's <c>percentile</c> does. Only the largest thousandth is ever sorted.
    /// </summary>
    private double Percentile999(ReadOnlySpan<float> samples)
    {
        // Padding is zeros: they count, and they are never among the largest unless there is nothing else.
        _largest.Clear();
        for (var i = 0; i < _kept; i++)
        {
            _largest.Enqueue(0, 0);
        }

        var smallestKept = 0f;
        foreach (var sample in samples)
        {
            var magnitude = Math.Abs(sample);
            if (magnitude > smallestKept)
            {
                _largest.EnqueueDequeue(magnitude, magnitude);
                smallestKept = _largest.Peek();
            }
        }

        var position = Quantile * (_segmentLength - 1);
        double below = _largest.Dequeue();
        double above = _largest.TryPeek(out var next, out _) ? next : below;
        return below + ((above - below) * (position - Math.Floor(position)));
    }

    private static double LargestAbsolute(ReadOnlySpan<float> samples)
    {
        var largest = 0f;
        foreach (var sample in samples)
        {
            largest = Math.Max(largest, Math.Abs(sample));
        }

        return largest;
    }
}
