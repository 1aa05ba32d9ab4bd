using SernetStream.Dsp.Framing;
using SernetStream.Dsp.Levels;
using SernetStream.Dsp.Simd;
using SernetStream.Dsp.Transforms;

namespace SernetStream.Dsp;

/// <summary>
/// The front end for a stream that never ends: every hop of samples is transformed once, at the first window that it is part
/// of, and its energies are kept for the windows that follow. What no window wants, as while nobody speaks, is never transformed.
/// </summary>
/// <remarks>
/// <para>
/// Positions are absolute sample indices since the start of the stream; frames lie on the hop grid. The spectrum of
/// g·x is g times that of x, so the level of a window, which is known only when it is cut, is applied to kept energies:
/// exact but for the clip at ±1 of the level <see cref="LevelKind.Percentile999"/> (a thousandth of the samples), which
/// a stream leaves out. What depends on the whole window, its level and <see cref="FrontEndOptions.TopDb"/>, is applied
/// at the cut, and so are padding and mirroring: only frames across an edge of the window are transformed again.
/// Features are kept too, and computed again only when gain or floor have changed.
/// </para>
/// <para>
/// Samples that are not numbers, infinite, or beyond ±1e12 become zeros and are counted. Nothing is allocated after
/// construction. One stream, one thread.
/// </para>
/// </remarks>
public sealed class StreamingFrontEnd
{
    private readonly FrontEndOptions _options;
    private readonly EnergyTransform _transform;
    private readonly SegmentLevel _level;
    private readonly SampleHistory _samples;
    private readonly BlockPeaks _peaks;
    private readonly FrameRing _frames;
    private readonly WindowCutter _cutter;
    private long _nextFrame;

    /// <summary>Prepares for the options.</summary>
    /// <param name="options">The front end of the model.</param>
    /// <param name="extraHistory">
    /// Samples before the newest segment that must stay cuttable: how far behind the newest sample a window may end.
    /// </param>
    /// <param name="mode">Which implementation of the inner loops runs.</param>
    /// <exception cref="ArgumentException">The options make no sense, or the history is negative.</exception>
    public StreamingFrontEnd(
        FrontEndOptions options, int extraHistory = 0, SimdMode mode = SimdMode.Fastest)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNegative(extraHistory);
        options.Validate();
        _options = options;
        Capacity = checked(options.SegmentLength + extraHistory);
        _transform = new EnergyTransform(options, mode);
        _level = new SegmentLevel(options);

        // A frame at the oldest place that may be cut begins before it, where frames are centred.
        _samples = new SampleHistory(Math.Max(Capacity + options.FrameLead, options.FrameLength + options.HopLength), options.HopLength);
        _peaks = new BlockPeaks(Capacity + options.FrameLength);
        _frames = new FrameRing((Capacity / options.HopLength) + 1, options);
        _cutter = new WindowCutter(options, _samples, _frames, _transform, new FeatureTransform(options, mode));
        Reset();
    }

    /// <summary>Samples received since the start of the stream.</summary>
    public long Position => _samples.End;

    /// <summary>How many of the newest samples a window may be cut from.</summary>
    public int Capacity { get; }

    /// <summary>Samples since the start of the stream that were no numbers, infinite or too large, and became zeros.</summary>
    public long InvalidSamples { get; private set; }

    /// <summary>Takes the next samples of the stream.</summary>
    public void Write(ReadOnlySpan<float> samples) => Write(samples, isClean: false);

    /// <summary>As <see cref="Write(ReadOnlySpan{float})"/>, of samples that <see cref="SampleCleaner"/> has seen already.</summary>
    public void WriteClean(ReadOnlySpan<float> samples) => Write(samples, isClean: true);

    /// <summary>
    /// The samples kept from one position to another, oldest first. The span is valid until the next write.
    /// </summary>
    public ReadOnlySpan<float> Samples(long start, long end) => _samples.Slice(start, checked((int)(end - start)));

    /// <summary>
    /// The energies (magnitudes or powers, of mel bands or of bins) of the frame that begins at a multiple of the hop,
    /// or is centred on it. The span is valid until the next write.
    /// </summary>
    /// <param name="position">The multiple of the hop.</param>
    /// <exception cref="ArgumentException">There is no such frame, or it is not kept.</exception>
    public ReadOnlySpan<float> Energies(long position)
    {
        Transform();
        var (frame, rest) = Math.DivRem(position, _options.HopLength);
        if (rest != 0 || frame < FirstFrame || frame >= _nextFrame || position < Position - Capacity)
        {
            throw new ArgumentException($"There is no frame at {position}, or it is not kept.", nameof(position));
        }

        return _frames.EnergiesOf(frame);
    }

    /// <summary>
    /// Writes the features of the samples from <paramref name="start"/> to <paramref name="end"/>, padded with zeros at
    /// both ends to a segment; the padding in front is a whole number of hops, so that frames stay on the grid.
    /// </summary>
    /// <param name="start">First sample, on the hop grid.</param>
    /// <param name="end">One past the last sample; at most a segment after <paramref name="start"/>.</param>
    /// <param name="features">Frames × features of a frame, row by row.</param>
    /// <exception cref="ArgumentException">
    /// The window is off the grid, too long, or no longer (or not yet) kept, or the features have another length.
    /// </exception>
    public void Cut(long start, long end, Span<float> features)
    {
        var hop = _options.HopLength;
        if (start % hop != 0 || end <= start || end - start > _options.SegmentLength)
        {
            throw new ArgumentException(
                $"A window from {start} to {end} must start on a multiple of {hop} and hold 1..{_options.SegmentLength} samples.");
        }

        if (start < 0 || end > Position || start < Position - Capacity)
        {
            throw new ArgumentException(
                $"A window from {start} to {end} is not within the newest {Capacity} samples before {Position}.");
        }

        _options.RequireRoom(features);
        Cut(start, end, _level.GainOf(Samples(start, end), start, _peaks), features);
    }

    /// <summary>The frames that lie wholly within a piece of the stream, or within its newest segment.</summary>
    /// <param name="start">Where the piece begins; a frame may begin up to a hop earlier.</param>
    /// <param name="end">One past its last sample.</param>
    /// <param name="count">How many they are; perhaps none.</param>
    /// <returns>The number of the first.</returns>
    public long FramesWithin(long start, long end, out int count)
    {
        var (hop, lead) = (_options.HopLength, _options.FrameLead);
        var first = Math.Max(Math.Max(start, 0) / hop, (end - _options.SegmentLength + hop - 1) / hop);
        var room = end - (first * hop) + lead - _options.FrameLength;
        count = room < 0 ? 0 : (int)(room / hop) + 1;
        return first;
    }

    /// <summary>
    /// Writes the features of frames that follow each other, for a network that hears each frame once. Those that are not complete yet
    /// become frames of silence.
    /// </summary>
    /// <remarks>Level and <see cref="FrontEndOptions.TopDb"/>, which depend on a window, are left out.</remarks>
    /// <param name="first">The frame that begins at, or is centred on, so many hops.</param>
    /// <param name="features">Of as many frames as it has room for, row by row.</param>
    /// <exception cref="ArgumentException">The first frame is no longer kept, or the features are no whole rows.</exception>
    public void CopyFrames(long first, Span<float> features)
    {
        Transform();
        var row = _options.FrameFeatures;
        if (first < FirstFrame || first * _options.HopLength < Position - Capacity || features.Length % row != 0)
        {
            throw new ArgumentException($"Frame {first} is not kept, or {features.Length} numbers are no whole rows of {row}.", nameof(first));
        }

        for (var frame = first; !features.IsEmpty; frame++, features = features[row..])
        {
            _cutter.Features(frame, isThere: frame < _nextFrame).CopyTo(features);
        }
    }

    /// <summary>Zeros in front of a window of <paramref name="length"/> samples: half of what lacks, in whole hops.</summary>
    public static int ZerosBefore(FrontEndOptions options, int length)
    {
        ArgumentNullException.ThrowIfNull(options);
        return (options.SegmentLength - length) / 2 / options.HopLength * options.HopLength;
    }

    /// <summary>Forgets everything; the next sample is the first of a new stream.</summary>
    public void Reset()
    {
        _samples.Reset();
        _peaks.Reset();
        InvalidSamples = 0;
        _nextFrame = FirstFrame;
    }

    /// <summary>
    /// Overwrites everything that is kept of the stream by silence. The stream goes on: what follows is as it would be if
    /// there had been nothing but zeros.
    /// </summary>
    public void Silence()
    {
        _samples.Silence();
        _peaks.Silence();
        _frames.Silence(_transform.OfSilence());
        _cutter.Silence();
    }

    /// <summary>As the public method, of a window that is known to be there and whose gain is known.</summary>
    internal void Cut(long start, long end, double gain, Span<float> features)
    {
        Transform();
        var segmentStart = start - ZerosBefore(_options, (int)(end - start));
        _cutter.Cut(segmentStart, start, end, gain, features);
    }

    private void Write(ReadOnlySpan<float> samples, bool isClean)
    {
        while (samples.Length > 0)
        {
            var part = Math.Min(samples.Length, _options.HopLength);
            var kept = _samples.Append(samples[..part]);
            samples = samples[part..];
            InvalidSamples += isClean ? 0 : SampleCleaner.Clean(kept);
            _peaks.Append(kept);
        }
    }

    /// <summary>Transforms the frames that are complete and were not wanted until now, as far as a window may still have them.</summary>
    private void Transform()
    {
        var (hop, length, lead) = (_options.HopLength, _options.FrameLength, _options.FrameLead);
        _nextFrame = Math.Max(_nextFrame, (Position - Capacity + hop - 1) / hop);
        while ((_nextFrame * hop) - lead + length <= Position)
        {
            var start = (_nextFrame * hop) - lead;
            var ready = (int)((Position - start - length) / hop) + 1;
            var count = Math.Min(ready, Math.Min(_transform.Batch, _frames.SideBySide(_nextFrame)));
            var samples = _samples.Slice(start, ((count - 1) * hop) + length);
            _transform.Apply(samples, count, _frames.EnergiesOf(_nextFrame, count));
            for (var end = _nextFrame + count; _nextFrame < end; _nextFrame++)
            {
                _frames.Renew(_nextFrame);
            }
        }
    }

    /// <summary>The first frame that does not begin before the stream.</summary>
    private long FirstFrame => (_options.FrameLead + _options.HopLength - 1) / _options.HopLength;
}
