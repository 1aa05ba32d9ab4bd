namespace SernetStream.Dsp;

/// <summary>
/// The newest samples of a stream, readable as one span. It holds at least its capacity; when its buffer of twice that
/// is full, the newest half moves to the front, so a sample is copied twice in its life and nothing wraps around.
/// </summary>
internal sealed class SampleHistory
{
    private readonly float[] _buffer;
    private readonly int _capacity;
    private int _filled;

    public SampleHistory(int capacity)
    {
        _capacity = capacity;
        _buffer = new float[2 * capacity];
    }

    /// <summary>Absolute index one past the newest sample.</summary>
    public long End { get; private set; }

    /// <summary>Appends samples, at most the capacity at once, and gives them back as they are kept.</summary>
    public Span<float> Append(ReadOnlySpan<float> samples)
    {
        if (_filled + samples.Length > _buffer.Length)
        {
            var kept = _capacity - samples.Length;
            _buffer.AsSpan(_filled - kept, kept).CopyTo(_buffer);
            _filled = kept;
        }

        var place = _buffer.AsSpan(_filled, samples.Length);
        samples.CopyTo(place);
        _filled += samples.Length;
        End += samples.Length;
        return place;
    }

    /// <summary>Samples by absolute index.</summary>
    public ReadOnlySpan<float> Slice(long start, int length) =>
        _buffer.AsSpan(checked((int)(start - (End - _filled))), length);

    public void Reset()
    {
        _filled = 0;
        End = 0;
    }
}
