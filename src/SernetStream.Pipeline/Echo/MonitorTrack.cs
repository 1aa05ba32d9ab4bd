using System.Diagnostics;

namespace SernetStream.Pipeline.Echo;

/// <summary>
/// The newest two seconds of what the room's own speakers played, at 16 kHz, and when each sample was played. One thread writes,
/// another reads; nothing is allocated after construction.
/// </summary>
public sealed class MonitorTrack
{
    private const int Length = 32768;
    private const double SampleRate = 16000;

    // -70 dB of full scale: a television that says nothing sends less.
    private const float Quiet = 3e-4f;

    // A reader waits for the writer, which a Lock cannot do.
    private readonly object _gate = new();
    private readonly float[] _ring = GC.AllocateArray<float>(Length, pinned: true);
    private long _end;
    private long _endAt;
    private long _heardAt = long.MinValue;

    /// <summary>For comparison: nothing is learnt, so all is held while the speakers play.</summary>
    internal bool OnlyHolds { get; init; }

    /// <summary>Takes what the speakers played.</summary>
    /// <param name="samples">At 16 kHz; at most a second.</param>
    /// <param name="capturedAt">When the last of them was captured, in ticks of <see cref="Stopwatch"/>.</param>
    public void Write(ReadOnlySpan<float> samples, long capturedAt)
    {
        lock (_gate)
        {
            foreach (var sample in samples)
            {
                _ring[_end++ & (Length - 1)] = sample;
            }

            _endAt = capturedAt;
            if (samples.ContainsAnyExceptInRange(-Quiet, Quiet))
            {
                _heardAt = capturedAt;
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Overwrites all by silence, at a mute and at the end.</summary>
    public void Silence()
    {
        lock (_gate)
        {
            Array.Clear(_ring);
            _heardAt = long.MinValue;
        }
    }

    /// <summary>Whether anything was played in the time before a moment.</summary>
    internal bool WasPlaying(long at, double seconds)
    {
        lock (_gate)
        {
            return _heardAt != long.MinValue && Stopwatch.GetElapsedTime(_heardAt, at).TotalSeconds < seconds;
        }
    }

    /// <summary>Where the sample stands that was captured at a moment; may lie in the future. NaN: nothing has come yet.</summary>
    internal double PositionAt(long capturedAt)
    {
        lock (_gate)
        {
            return _end == 0 ? double.NaN : _end + (Stopwatch.GetElapsedTime(_endAt, capturedAt).TotalSeconds * SampleRate);
        }
    }

    /// <summary>Whether what was played up to a moment, and a while after it, has come.</summary>
    internal bool Covers(long at, TimeSpan after)
    {
        lock (_gate)
        {
            return Stopwatch.GetElapsedTime(at, _endAt) >= after;
        }
    }

    /// <summary>
    /// Reads samples up to a position, between samples if it is no whole number; waits for them a while, since the monitor may come a
    /// little later than the microphone.
    /// </summary>
    /// <returns>Whether they were there; if not, nothing is written.</returns>
    internal bool TryRead(double end, double rate, Span<float> destination, TimeSpan patience)
    {
        var began = Stopwatch.GetTimestamp();
        var start = end - (destination.Length * rate);
        lock (_gate)
        {
            while (end + 1 >= _end)
            {
                var left = patience - Stopwatch.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    return false;
                }
            }

            if (start < Math.Max(0, _end - Length))
            {
                return false;
            }

            Interpolate(start, rate, destination);
            return true;
        }
    }

    private void Interpolate(double start, double rate, Span<float> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            var at = start + (i * rate);
            var before = (long)at;
            var share = (float)(at - before);
            destination[i] = (_ring[before & (Length - 1)] * (1 - share)) + (_ring[(before + 1) & (Length - 1)] * share);
        }
    }
}
