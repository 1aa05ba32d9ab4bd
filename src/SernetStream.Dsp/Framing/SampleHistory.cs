namespace SernetStream.Dsp.Framing;

/// <summary>
/// The newest samples of a stream, readable as one span. It holds its capacity: what is older is overwritten by silence at once, so no
/// more speech is kept than necessary. When the room behind the newest is used up, they move to the front, so nothing wraps around.
/// </summary>
internal sealed class SampleHistory
{
    // Half a second at 16 kHz, 32 KB: a history of 3 s is moved twice a second. Moved eight times a second, it was 9 % of a frame's cost.
    private const int LeastSlack = 8192;

    private readonly float[] _buffer;
    private readonly int _capacity;
    private int _filled;
    private int _erased;

    /// <param name="capacity">Samples that are kept.</param>
    /// <param name="longestAppend">The most that is appended at once; not more than the capacity.</param>
    public SampleHistory(int capacity, int longestAppend)
    {
        _capacity = capacity;

        // Pinned: a collection that moved it would leave a copy behind.
        _buffer = GC.AllocateArray<float>(capacity + Math.Max(longestAppend, LeastSlack), pinned: true);
    }

    /// <summary>Absolute index one past the newest sample.</summary>
    public long End { get; private set; }

    /// <summary>Appends samples and gives them back as they are kept.</summary>
    public Span<float> Append(ReadOnlySpan<float> samples)
    {
        if (_filled + samples.Length > _buffer.Length)
        {
            var kept = _capacity - samples.Length;
            _buffer.AsSpan(_filled - kept, kept).CopyTo(_buffer);
            _buffer.AsSpan(kept).Clear();
            _filled = kept;
            _erased = 0;
        }

        var place = _buffer.AsSpan(_filled, samples.Length);
        samples.CopyTo(place);
        _filled += samples.Length;
        End += samples.Length;
        EraseOld();
        return place;
    }

    /// <summary>Samples by absolute index.</summary>
    public ReadOnlySpan<float> Slice(long start, int length) =>
        _buffer.AsSpan(checked((int)(start - (End - _filled))), length);

    /// <summary>Overwrites all samples by silence.</summary>
    public void Silence() => _buffer.AsSpan(0, _filled).Clear();

    public void Reset()
    {
        Silence();
        _filled = 0;
        _erased = 0;
        End = 0;
    }

    private void EraseOld()
    {
        var old = _filled - _capacity;
        if (old > _erased)
        {
            _buffer.AsSpan(_erased, old - _erased).Clear();
            _erased = old;
        }
    }
}
