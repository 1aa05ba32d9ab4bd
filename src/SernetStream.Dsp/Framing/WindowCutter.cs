using SernetStream.Dsp.Transforms;

namespace SernetStream.Dsp.Framing;

/// <summary>
/// Makes the features of a segment of a stream: frames that lie wholly in the window come from the ring, those of
/// nothing but padding are a constant, and those across an edge are transformed here.
/// </summary>
internal sealed class WindowCutter
{
    private readonly FrontEndOptions _options;
    private readonly SampleHistory _samples;
    private readonly FrameRing _frames;
    private readonly EnergyTransform _transform;
    private readonly FeatureTransform _features;
    private readonly FrameRing _edges;
    private readonly float[] _edge;
    private readonly double _topShare;

    public WindowCutter(
        FrontEndOptions options,
        SampleHistory samples,
        FrameRing frames,
        EnergyTransform transform,
        FeatureTransform features)
    {
        _options = options;
        _samples = samples;
        _frames = frames;
        _transform = transform;
        _features = features;

        // Pinned: a collection that moved it would leave a copy of the sound behind.
        _edge = GC.AllocateArray<float>(((transform.Batch - 1) * options.HopLength) + options.FrameLength, pinned: true);
        _topShare = options.TopDb is { } decibels ? Math.Pow(10, -decibels / 10) : 0;

        // Frames lie across both edges of the window and, mirrored, of the segment; behind them is one of silence.
        var mostEdges = Math.Min(options.FrameCount, 4 * ((options.FrameLength / options.HopLength) + 1));
        _edges = new FrameRing(mostEdges + 1, options);
        SilentFrame = mostEdges;
        _edges.EnergiesOf(SilentFrame).Clear();
        _edges.Renew(SilentFrame);
    }

    private int SilentFrame { get; }

    /// <param name="segmentStart">Where the segment begins; a multiple of the hop.</param>
    /// <param name="start">Where its samples begin; zeros are before them.</param>
    /// <param name="end">One past the last of them; zeros are after them.</param>
    /// <param name="gain">What the samples are multiplied with.</param>
    /// <param name="destination">Frames × features of a frame.</param>
    public void Cut(long segmentStart, long start, long end, double gain, Span<float> destination)
    {
        var energyGain = (float)(_options.Spectrum == SpectrumKind.Power ? gain * gain : gain);
        var inside = FramesInside(segmentStart, start, end);
        var floor = (float)(TransformEdges(inside, segmentStart, start, end) * energyGain * _topShare);
        var first = segmentStart / _options.HopLength;
        var row = _options.FrameFeatures;
        for (int i = 0, edge = 0; i < _options.FrameCount; i++)
        {
            var features = i >= inside.First && i < inside.End
                ? _frames.FeaturesOf(first + i, energyGain, floor, _features)
                : _edges.FeaturesOf(
                    IsAcross(i, segmentStart, start, end) ? edge++ : SilentFrame, energyGain, floor, _features);
            features.CopyTo(destination.Slice(i * row, row));
        }
    }

    /// <summary>The features of a frame of the stream as it is, or of silence where it is not there.</summary>
    public ReadOnlySpan<float> Features(long frame, bool isThere) => isThere
        ? _frames.FeaturesOf(frame, 1, 0, _features)
        : _edges.FeaturesOf(SilentFrame, 1, 0, _features);

    /// <summary>Overwrites what is left here of the window before.</summary>
    public void Silence()
    {
        Array.Clear(_edge);
        _edges.Silence(_edges.EnergiesOf(SilentFrame));
    }

    /// <summary>The frames with nothing but samples of the window; they follow each other.</summary>
    private (int First, int End) FramesInside(long segmentStart, long start, long end)
    {
        var (hop, lead) = (_options.HopLength, _options.FrameLead);
        var first = (start - segmentStart + lead + hop - 1) / hop;
        var room = end - segmentStart + lead - _options.FrameLength;
        return room < 0 ? (0, 0) : ((int)first, (int)Math.Min(_options.FrameCount, (room / hop) + 1));
    }

    /// <summary>Transforms the frames across an edge.</summary>
    /// <returns>The largest energy of any frame of the segment, if that is asked for.</returns>
    private float TransformEdges((int First, int End) inside, long segmentStart, long start, long end)
    {
        var loudest = 0f;
        for (var i = inside.First; _topShare > 0 && i < inside.End; i++)
        {
            loudest = Math.Max(loudest, _frames.LoudestOf((segmentStart / _options.HopLength) + i));
        }

        for (int i = 0, edge = 0; i < _options.FrameCount;)
        {
            if (i == inside.First && inside.End > i)
            {
                i = inside.End;
            }
            else if (!IsAcross(i, segmentStart, start, end))
            {
                i++;
            }
            else
            {
                // As many as follow each other, at once.
                var count = 1;
                while (count < _transform.Batch && i + count < _options.FrameCount && i + count != inside.First
                    && IsAcross(i + count, segmentStart, start, end))
                {
                    count++;
                }

                var samples = _edge.AsSpan(0, ((count - 1) * _options.HopLength) + _options.FrameLength);
                FillEdge(samples, FrameStart(i, segmentStart), segmentStart, start, end);
                _transform.Apply(samples, count, _edges.EnergiesOf(edge, count));
                for (i += count; count > 0; count--, edge++)
                {
                    _edges.Renew(edge);
                    loudest = Math.Max(loudest, _edges.LoudestOf(edge));
                }
            }
        }

        return loudest;
    }

    private long FrameStart(int frame, long segmentStart) =>
        segmentStart + ((long)frame * _options.HopLength) - _options.FrameLead;

    /// <summary>Whether a frame that is not inside has any samples of the window, or may have mirrored ones.</summary>
    private bool IsAcross(int frame, long segmentStart, long start, long end)
    {
        var from = FrameStart(frame, segmentStart);
        var to = from + _options.FrameLength;
        var isMirrored = _options.Framing == FramingKind.CentredReflect
            && (from < segmentStart || to > segmentStart + _options.SegmentLength);
        return isMirrored || (to > start && from < end);
    }

    /// <summary>The samples of frames: those of the window, zeros beside them, and what is mirrored.</summary>
    private void FillEdge(Span<float> samples, long position, long segmentStart, long start, long end)
    {
        samples.Clear();
        var from = Math.Max(position, start);
        var to = Math.Min(position + samples.Length, end);
        if (to > from)
        {
            _samples.Slice(from, (int)(to - from)).CopyTo(samples[(int)(from - position)..]);
        }

        if (_options.Framing != FramingKind.CentredReflect)
        {
            return;
        }

        var last = segmentStart + _options.SegmentLength - 1;
        for (var n = 0; n < samples.Length; n++, position++)
        {
            var mirrored = position < segmentStart ? (2 * segmentStart) - position : (2 * last) - position;
            if ((position < segmentStart || position > last) && mirrored >= start && mirrored < end)
            {
                samples[n] = _samples.Slice(mirrored, 1)[0];
            }
        }
    }
}
