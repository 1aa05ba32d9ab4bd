using System.Numerics;

namespace SernetStream.Audio.Capture;

/// <summary>
/// The queue between a capture callback and the pipeline: one writer, one reader, no lock, nothing allocated after
/// construction, and neither ever waits for the other. The writer drops and counts samples that do not fit; the reader
/// learns of the gap before the samples after it.
/// </summary>
/// <remarks>
/// Each write leaves a marker beside its samples: where they end, when the last of them was captured, and how many were
/// lost in front of them. The marker's publication makes the samples visible (release and acquire on
/// <c>_markersWritten</c>); the reader gives room back the same way.
/// <para>
/// A reader that sleeps records the sample at which it wants to be woken; <see cref="Write"/> says when that has come.
/// Each side first writes its own word and then reads the other's, with a full fence between, so that one of them
/// always sees that the reader need not sleep.
/// </para>
/// </remarks>
public sealed class CaptureRing
{
    // A marker for every millisecond; callbacks come every 10 to 100.
    private const int BlocksPerSecond = 1000;

    private readonly float[] _samples;
    private readonly Marker[] _markers;
    private readonly double _ticksPerSample;
    private readonly ChannelMixer _mixer;

    // Written by the writer only.
    private long _samplesWritten;
    private long _markersWritten;
    private long _pendingLoss;
    private long _lost;
    private long _gapsWritten;

    // Written by the reader only.
    private long _samplesRead;
    private long _markersRead;
    private long _gapsRead;
    private long _lostRead;
    private long _wakeAt;
    private bool _isLossReported;

    /// <param name="sampleRate">Samples per second; above 0.</param>
    /// <param name="seconds">How much it holds at least; the next power of two is taken.</param>
    /// <param name="mixer">Makes one channel of several; null: there is only one.</param>
    public CaptureRing(int sampleRate, double seconds = 2, ChannelMixer? mixer = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(seconds);

        // Pinned: a collection that moved it would leave a copy behind.
        _samples = GC.AllocateArray<float>(
            (int)BitOperations.RoundUpToPowerOf2((uint)Math.Ceiling(sampleRate * seconds)), pinned: true);
        _markers = new Marker[BitOperations.RoundUpToPowerOf2((uint)Math.Ceiling(BlocksPerSecond * seconds))];
        _mixer = mixer ?? new ChannelMixer(channels: 1, sampleRate);
        _ticksPerSample = (double)System.Diagnostics.Stopwatch.Frequency / sampleRate;
    }

    /// <summary>Samples it holds when full.</summary>
    public int Capacity => _samples.Length;

    /// <summary>Writes it holds when full, however short they are.</summary>
    public int BlockCapacity => _markers.Length;

    /// <summary>Frames that the next write can put in. For the writer's thread.</summary>
    public long Room => _markersWritten - Volatile.Read(ref _markersRead) == _markers.Length
        ? 0
        : Capacity - (_samplesWritten - Volatile.Read(ref _samplesRead));

    /// <summary>Samples that wait. For the reader's thread.</summary>
    public int Count => (int)(Volatile.Read(ref _samplesWritten) - _samplesRead);

    /// <summary>
    /// All samples lost so far, including those that were not reported yet because no samples followed. May be read by
    /// any thread.
    /// </summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Puts in captured frames, mixed to mono. For the writer's thread.</summary>
    /// <param name="frames">Interleaved; a whole number of frames.</param>
    /// <param name="capturedAt">When the last frame was captured, in ticks of the monotonic clock.</param>
    /// <param name="lostBefore">Frames the device lost in front of these; 0 or more.</param>
    /// <returns>Whether the reader, if it sleeps, is to be woken; see <see cref="IsReady"/>.</returns>
    public bool Write(ReadOnlySpan<float> frames, long capturedAt, long lostBefore = 0)
    {
        var count = frames.Length / _mixer.Channels;
        var kept = (int)Math.Min(count, Room);
        if (count - kept + lostBefore > 0)
        {
            Volatile.Write(ref _lost, _lost + lostBefore + count - kept);
        }

        if (kept == 0)
        {
            _pendingLoss += lostBefore + count;
            return count > 0;
        }

        Mix(frames[..(kept * _mixer.Channels)], kept);
        _samplesWritten += kept;
        lostBefore += _pendingLoss;
        _markers[_markersWritten & (_markers.Length - 1)] = new Marker(
            _samplesWritten, capturedAt - Ticks(count - kept), lostBefore);
        _pendingLoss = count - kept;
        _gapsWritten += lostBefore > 0 ? 1 : 0;
        Volatile.Write(ref _markersWritten, _markersWritten + 1);
        Interlocked.MemoryBarrier();
        return lostBefore > 0 || kept < count || IsCrowded(_markersWritten, Volatile.Read(ref _markersRead))
            || _samplesWritten >= Volatile.Read(ref _wakeAt);
    }

    /// <summary>
    /// Whether the reader has something to do: as many samples are there as it wants, or a gap, or the ring is half full
    /// (it never waits for more than that). If not, the <see cref="Write"/> that changes it says so. For the reader's
    /// thread.
    /// </summary>
    /// <param name="wanted">Samples; 1 or more.</param>
    public bool IsReady(int wanted)
    {
        var wakeAt = _samplesRead + Math.Min(wanted, Capacity / 2);
        Volatile.Write(ref _wakeAt, wakeAt);
        Interlocked.MemoryBarrier();
        var markersWritten = Volatile.Read(ref _markersWritten);
        return markersWritten > _markersRead
            && (_markers[(markersWritten - 1) & (_markers.Length - 1)].End >= wakeAt
                || Volatile.Read(ref _gapsWritten) > _gapsRead
                || IsCrowded(markersWritten, _markersRead));
    }

    /// <summary>
    /// Takes out what is there, at most the destination's length, and never across a gap. For the reader's thread.
    /// </summary>
    /// <returns>A block of 0 samples if the ring is empty (or the destination is).</returns>
    public AudioBlock Read(Span<float> destination)
    {
        var markersWritten = Volatile.Read(ref _markersWritten);
        var (count, capturedAt, lostBefore) = (0, 0L, 0L);
        while (_markersRead < markersWritten && count < destination.Length)
        {
            ref readonly var marker = ref _markers[_markersRead & (_markers.Length - 1)];
            if (marker.LostBefore > 0 && !_isLossReported)
            {
                if (count > 0)
                {
                    break;
                }

                lostBefore = marker.LostBefore;
                _lostRead += lostBefore;
                _isLossReported = true;
                _gapsRead++;
            }

            var taken = (int)Math.Min(destination.Length - count, marker.End - _samplesRead);
            Move(_samplesRead, destination.Slice(count, taken));
            count += taken;
            capturedAt = marker.CapturedAt - Ticks(marker.End - _samplesRead - taken);
            var isUsedUp = _samplesRead + taken == marker.End;

            // From here on the writer may use the place again.
            Volatile.Write(ref _samplesRead, _samplesRead + taken);
            if (isUsedUp)
            {
                _isLossReported = false;
                Volatile.Write(ref _markersRead, _markersRead + 1);
            }
        }

        return new AudioBlock(count, capturedAt, lostBefore);
    }

    /// <summary>
    /// Samples lost after the last ones written, which no block reports; each is reported once. For the reader's
    /// thread, when nothing more is written and everything was read.
    /// </summary>
    public long TakeLossAtEnd()
    {
        var lost = Lost - _lostRead;
        _lostRead += lost;
        return lost;
    }

    /// <summary>Overwrites everything that was not read. For the reader's thread, when nothing more is written.</summary>
    public void Erase() => Array.Clear(_samples);

    private bool IsCrowded(long markersWritten, long markersRead) => markersWritten - markersRead >= _markers.Length / 2;

    private void Mix(ReadOnlySpan<float> frames, int count)
    {
        var at = (int)(_samplesWritten & (Capacity - 1));
        var first = Math.Min(count, Capacity - at);
        _mixer.Observe(frames);
        _mixer.Mix(frames, _samples.AsSpan(at, first));
        _mixer.Mix(frames[(first * _mixer.Channels)..], _samples.AsSpan(0, count - first));
    }

    /// <summary>Takes samples out and replaces them by zeros: no speech is kept longer than needed.</summary>
    private void Move(long position, Span<float> destination)
    {
        var at = (int)(position & (Capacity - 1));
        var first = Math.Min(destination.Length, Capacity - at);
        Move(_samples.AsSpan(at, first), destination);
        Move(_samples.AsSpan(0, destination.Length - first), destination[first..]);
    }

    private static void Move(Span<float> source, Span<float> destination)
    {
        source.CopyTo(destination);
        source.Clear();
    }

    private long Ticks(long samples) => (long)(samples * _ticksPerSample);

    private readonly record struct Marker(long End, long CapturedAt, long LostBefore);
}
