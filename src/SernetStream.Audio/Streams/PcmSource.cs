using System.Diagnostics;

namespace SernetStream.Audio.Streams;

/// <summary>The samples behind a stream's header, or all of them where there is none.</summary>
internal sealed class PcmSource : IInstantSource
{
    private readonly DescriptorInput _input;
    private readonly StreamFormat _format;
    private readonly ChannelMixer _mixer;
    private readonly byte[] _bytes;
    private readonly float[] _frames;
    private int _carried;
    private long _left;

    /// <param name="input">Where the samples come from; not owned.</param>
    /// <param name="format">What they are like.</param>
    /// <param name="channel">Which channel is heard.</param>
    /// <param name="isLive">Whether they come at their own pace.</param>
    /// <param name="first">Those that were read already.</param>
    /// <param name="bufferSize">How many bytes are read at once.</param>
    public PcmSource(
        DescriptorInput input, StreamFormat format, ChannelChoice channel, bool isLive, ReadOnlySpan<byte> first, int bufferSize)
    {
        (_input, _format, IsLive) = (input, format, isLive);
        _mixer = new ChannelMixer(format.Channels, format.SampleRate, channel);
        _bytes = new byte[Math.Max(first.Length, Math.Max(bufferSize, format.FrameSize)) + format.FrameSize];
        _frames = new float[_bytes.Length / Pcm.BytesPerSample(format.Encoding)];
        _left = format.Bytes ?? long.MaxValue;
        _carried = (int)Math.Min(first.Length, _left);
        _left -= _carried;
        first[.._carried].CopyTo(_bytes);
    }

    /// <inheritdoc/>
    public string Name => _input.Name;

    /// <inheritdoc/>
    public int SampleRate => _format.SampleRate;

    /// <inheritdoc/>
    public bool IsLive { get; }

    /// <inheritdoc/>
    public string? ChannelNote => _mixer.Note;

    /// <inheritdoc/>
    /// <remarks>A pipe wakes it for each piece that is written, as it cannot be asked for more; the caller sleeps on.</remarks>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken) =>
        _input.Reader.Read(this, destination, wanted, cancellationToken);

    /// <inheritdoc/>
    public bool TryTake(Span<float> destination, out AudioBlock block, out TimeSpan quiet)
    {
        quiet = default;
        var count = Convert(destination);
        for (var isMore = true; count == 0 && isMore;)
        {
            if (!_input.IsReady(out quiet))
            {
                block = default;
                return false;
            }

            isMore = TryReadOn(destination, ref count);
        }

        block = new AudioBlock(count, Stopwatch.GetTimestamp(), 0);
        return true;
    }

    /// <inheritdoc/>
    public void Interrupt() => _input.Reader.Interrupt();

    /// <inheritdoc/>
    public void Dispose()
    {
        // The input is not owned.
    }

    /// <summary>Reads what there is, at most as much as there is room for; false at the end.</summary>
    private bool TryReadOn(Span<float> destination, ref int count)
    {
        var room = destination[count..];
        var most = (int)Math.Min(Math.Min(room.Length * (long)_format.FrameSize, _bytes.Length) - _carried, _left);
        if (most <= 0)
        {
            return _left > 0;
        }

        var got = _input.Read(_bytes.AsSpan(_carried, most));
        if (got > 0)
        {
            _carried += got;
            _left -= got;
            count += Convert(room);
        }

        return got != 0;
    }

    private int Convert(Span<float> destination)
    {
        var count = Math.Min(_carried / _format.FrameSize, destination.Length);
        var used = count * _format.FrameSize;
        var frames = _frames.AsSpan(0, Pcm.ToFloat(_bytes.AsSpan(0, used), _format.Encoding, _frames));
        _mixer.Observe(frames);
        _mixer.Mix(frames, destination[..count]);
        _bytes.AsSpan(used.._carried).CopyTo(_bytes);
        _bytes.AsSpan((_carried - used).._carried).Clear();
        frames.Clear();
        _carried -= used;
        return count;
    }
}
