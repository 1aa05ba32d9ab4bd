namespace SernetStream.Audio.Streams;

/// <summary>The samples of a packet, taken out piece by piece as one channel.</summary>
/// <param name="format">What they are like.</param>
/// <param name="channel">Which channel is heard.</param>
internal sealed class PcmPacket(StreamFormat format, ChannelChoice channel)
{
    private readonly ChannelMixer _mixer = new(format.Channels, format.SampleRate, channel);
    private float[] _frames = [];
    private ArraySegment<byte> _bytes = ArraySegment<byte>.Empty;

    /// <summary>What they are like.</summary>
    public StreamFormat Format => format;

    /// <summary>What the channels needed to be mixed; see <see cref="ChannelMixer.Note"/>.</summary>
    public string? Note => _mixer.Note;

    /// <summary>Frames that are not taken out yet.</summary>
    public int Frames => _bytes.Count / format.FrameSize;

    /// <summary>Takes a packet, after all of the one before was taken out. What is no whole frame is left out.</summary>
    /// <param name="bytes">Overwritten as they are taken out.</param>
    public void Fill(ArraySegment<byte> bytes)
    {
        _bytes = bytes[..(bytes.Count - (bytes.Count % format.FrameSize))];
        var samples = _bytes.Count / Pcm.BytesPerSample(format.Encoding);
        // Only for a packet that is longer than any before.
        _frames = samples <= _frames.Length ? _frames : new float[samples];
    }

    /// <summary>Takes frames out.</summary>
    /// <returns>How many.</returns>
    public int Take(Span<float> destination)
    {
        var count = Math.Min(Frames, destination.Length);
        var bytes = _bytes[..(count * format.FrameSize)];
        var frames = _frames.AsSpan(0, Pcm.ToFloat(bytes, format.Encoding, _frames));
        _mixer.Observe(frames);
        _mixer.Mix(frames, destination[..count]);
        bytes.AsSpan().Clear();
        frames.Clear();
        _bytes = _bytes[bytes.Count..];
        return count;
    }
}
