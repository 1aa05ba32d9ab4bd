namespace SernetStream.Dsp;

/// <summary>
/// The front end for a stream that never ends: every hop of samples is transformed once, its mel energies are kept, and
/// a window of features is cut from them when one is wanted.
/// </summary>
/// <remarks>
/// <para>
/// Positions are absolute sample indices since the start of the stream; frames lie on the hop grid. The spectrum of
/// g·x is g times that of x, so the level of a window, which is known only when it is cut, is applied to kept energies:
/// exact but for the clip at ±1 of the level <see cref="LevelKind.Percentile999"/> (a thousandth of the samples), which
/// a stream leaves out.
/// </para>
/// <para>One stream, one thread.</para>
/// </remarks>
public sealed class StreamingFrontEnd
{
    private readonly FrontEndOptions _options;
    private readonly MelFrameTransform _frames;
    private readonly CepstralTransform _cepstrum;
    private readonly SegmentLevel _level;
    private readonly SampleHistory _samples;
    private readonly float[] _mel;
    private readonly int _melCapacity;
    private readonly float[] _edge;
    private readonly float[] _edgeMel;
    private readonly float[] _silence;
    private long _framesDone;

    /// <summary>Prepares for the options.</summary>
    /// <param name="options">The front end of the model.</param>
    /// <param name="extraHistory">
    /// Samples before the newest segment that must stay cuttable: how far behind the newest sample a window may end.
    /// </param>
    public StreamingFrontEnd(FrontEndOptions options, int extraHistory = 0)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(extraHistory);
        options.Validate();
        _options = options;
        _frames = new MelFrameTransform(options);
        _cepstrum = new CepstralTransform(options);
        _level = new SegmentLevel(options);

        var history = options.SegmentLength + extraHistory;
        _samples = new SampleHistory(history + options.FrameLength);
        _melCapacity = (history / options.HopLength) + 1;
        _mel = new float[_melCapacity * options.MelBands];
        _edge = new float[options.FrameLength];
        _edgeMel = new float[options.MelBands];
        _silence = new float[options.Coefficients];
        _cepstrum.Apply(_edgeMel, 1, _silence);
        Capacity = history;
    }

    /// <summary>Samples received since the start of the stream.</summary>
    public long Position => _samples.End;

    /// <summary>How many of the newest samples a window may be cut from.</summary>
    public int Capacity { get; }

    /// <summary>Takes the next samples of the stream and transforms every frame they complete.</summary>
    public void Write(ReadOnlySpan<float> samples)
    {
        var hop = _options.HopLength;
        while (samples.Length > 0)
        {
            var part = Math.Min(samples.Length, hop);
            _samples.Write(samples[..part]);
            samples = samples[part..];
            for (; (_framesDone * hop) + _options.FrameLength <= _samples.End; _framesDone++)
            {
                _frames.Apply(_samples.Slice(_framesDone * hop, _options.FrameLength), MelOf(_framesDone));
            }
        }
    }

    /// <summary>
    /// The samples kept from one position to another, oldest first. The span is valid until the next write.
    /// </summary>
    public ReadOnlySpan<float> Samples(long start, long end) => _samples.Slice(start, checked((int)(end - start)));

    /// <summary>The energies of the frame that begins at a multiple of the hop. The span is valid until the next write.</summary>
    /// <param name="position">The multiple of the hop.</param>
    /// <exception cref="ArgumentException">There is no such frame, or it is not kept.</exception>
    public ReadOnlySpan<float> Energies(long position)
    {
        var (frame, rest) = Math.DivRem(position, _options.HopLength);
        return rest == 0 && position >= 0 && frame < _framesDone && position >= Position - Capacity
            ? MelOf(frame)
            : throw new ArgumentException($"There is no frame at {position}, or it is not kept.", nameof(position));
    }

    /// <summary>
    /// Writes the features of the samples from <paramref name="start"/> to <paramref name="end"/>, padded with zeros at
    /// both ends to a segment; the padding in front is a whole number of hops, so that frames stay on the grid.
    /// </summary>
    /// <param name="start">First sample, on the hop grid.</param>
    /// <param name="end">One past the last sample; at most a segment after <paramref name="start"/>.</param>
    /// <param name="features">Frames × coefficients, row by row.</param>
    /// <exception cref="ArgumentException">
    /// The window is off the grid, too long, or no longer (or not yet) kept, or the features have another length.
    /// </exception>
    public void Cut(long start, long end, Span<float> features)
    {
        var (hop, frameLength) = (_options.HopLength, _options.FrameLength);
        if (start % hop != 0 || end <= start || end - start > _options.SegmentLength)
        {
            throw new ArgumentException(
                $"A window from {start} to {end} must start on a multiple of {hop} and hold 1..{_options.SegmentLength} samples.");
        }

        if (end > Position || start < Position - Capacity)
        {
            throw new ArgumentException(
                $"A window from {start} to {end} is not within the newest {Capacity} samples before {Position}.");
        }

        _options.RequireRoom(features);
        var gain = _level.GainOf(Samples(start, end));
        var first = start - ZerosBefore(_options, (int)(end - start));
        for (var i = 0; i < _options.FrameCount; i++)
        {
            var frameStart = first + (i * hop);
            var coefficients = features.Slice(i * _options.Coefficients, _options.Coefficients);
            if (frameStart >= start && frameStart + frameLength <= end)
            {
                _cepstrum.Apply(MelOf(frameStart / hop), gain, coefficients);
            }
            else if (frameStart + frameLength <= start || frameStart >= end)
            {
                _silence.CopyTo(coefficients);
            }
            else
            {
                EdgeFrame(frameStart, start, end);
                _cepstrum.Apply(_edgeMel, gain, coefficients);
            }
        }
    }

    /// <summary>Zeros in front of a window of <paramref name="length"/> samples: half of what lacks, in whole hops.</summary>
    public static int ZerosBefore(FrontEndOptions options, int length)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (options.SegmentLength - length) / 2 / options.HopLength * options.HopLength;
    }

    /// <summary>A frame that lies across an edge of the window: part samples, part zeros.</summary>
    private void EdgeFrame(long frameStart, long start, long end)
    {
        _edge.AsSpan().Clear();
        var from = Math.Max(frameStart, start);
        var to = Math.Min(frameStart + _edge.Length, end);
        Samples(from, to).CopyTo(_edge.AsSpan((int)(from - frameStart)));
        _frames.Apply(_edge, _edgeMel);
    }

    private Span<float> MelOf(long frame) =>
        _mel.AsSpan((int)(frame % _melCapacity) * _options.MelBands, _options.MelBands);
}
