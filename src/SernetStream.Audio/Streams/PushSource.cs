using System.Diagnostics;
using SernetStream.Audio.Capture;
using SernetStream.Dsp.Resampling;
using SernetStream.Native;
using SernetStream.Plugins;

namespace SernetStream.Audio.Streams;

/// <summary>
/// A source that somebody else fills: a connection, a plugin, a test. Frames of any rate and number of channels go in
/// on one thread, mono samples come out on another, through a queue of fixed length.
/// </summary>
/// <remarks>
/// A live one never makes the writer wait: what does not fit is dropped, counted, and known to the reader as a gap. The
/// other makes <see cref="WriteAsync"/> wait for room, so that nothing is lost.
/// </remarks>
public sealed class PushSource : IPolledSource
{
    private readonly CaptureRing _ring;
    private readonly ChannelMixer _mixer;
    private readonly WakeEvent _written = new();
    private readonly SemaphoreSlim _roomMade = new(0);
    private readonly Lock _gate = new();
    private volatile bool _isCompleted;
    private volatile bool _isClosed;
    private volatile bool _isHurried;
    private volatile Action? _isReady;
    private bool _isWriterWaiting;

    /// <summary>Makes an empty one.</summary>
    /// <param name="name">What a person calls it.</param>
    /// <param name="sampleRate">Samples per second and channel: 8 000 to 192 000.</param>
    /// <param name="channels">Samples in a frame, 1 to <see cref="AudioFormat.MostChannels"/>; they are mixed.</param>
    /// <param name="isLive">Whether the writer goes on at its own pace, as a microphone does.</param>
    /// <param name="seconds">How much it holds at least.</param>
    /// <exception cref="ArgumentException">A number lies outside its range.</exception>
    public PushSource(string name, int sampleRate, int channels = 1, bool isLive = true, double seconds = 2)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!SampleRates.IsSupported(sampleRate))
        {
            throw new ArgumentOutOfRangeException(
                nameof(sampleRate),
                sampleRate,
                $"sampleRate is {sampleRate}; it must be {SampleRates.Lowest} to {SampleRates.Highest}.");
        }

        if (channels is < 1 or > AudioFormat.MostChannels)
        {
            throw new ArgumentOutOfRangeException(
                nameof(channels), channels, $"channels is {channels}; it must be 1 to {AudioFormat.MostChannels}.");
        }

        Name = name;
        SampleRate = sampleRate;
        Channels = channels;
        IsLive = isLive;
        _mixer = new ChannelMixer(channels, sampleRate);
        _ring = new CaptureRing(sampleRate, seconds, _mixer);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int SampleRate { get; }

    /// <inheritdoc/>
    public string? ChannelNote => _mixer.Note;

    /// <summary>Samples in a frame of what is written.</summary>
    public int Channels { get; }

    /// <inheritdoc/>
    public bool IsLive { get; }

    /// <summary>Frames that did not fit. Any thread may read it.</summary>
    public long Lost => _ring.Lost;

    /// <summary>Samples that wait. For the reader's thread.</summary>
    internal int Count => _ring.Count;

    /// <summary>Puts frames in without waiting; those that do not fit are lost and counted.</summary>
    /// <param name="frames">Interleaved, −1..1; a whole number of frames.</param>
    /// <returns>False if nobody will read them: the source was completed or disposed.</returns>
    /// <exception cref="ArgumentException">The last frame is not whole.</exception>
    public bool Write(ReadOnlySpan<float> frames) => Write(frames, Stopwatch.GetTimestamp(), 0);

    /// <inheritdoc cref="Write(ReadOnlySpan{float})"/>
    /// <param name="frames">Interleaved, −1..1; a whole number of frames.</param>
    /// <param name="capturedAt">When the last of them was captured, in monotonic ticks.</param>
    /// <param name="lostBefore">Frames that are missing immediately before them.</param>
    internal bool Write(ReadOnlySpan<float> frames, long capturedAt, long lostBefore)
    {
        RequireWhole(frames.Length);
        if (_isCompleted || _isClosed)
        {
            return false;
        }

        if (frames.Length > 0 && _ring.Write(frames, capturedAt, lostBefore))
        {
            WakeReader();
        }

        return true;
    }

    /// <summary>Puts frames in and waits while there is no room; a live source never waits.</summary>
    /// <inheritdoc cref="Write(ReadOnlySpan{float})"/>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; a part may have gone in.</exception>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<float> frames, CancellationToken cancellationToken = default)
    {
        RequireWhole(frames.Length);
        while (!IsLive && frames.Length > 0)
        {
            var fitting = (int)Math.Min(frames.Length / Channels, RoomOrWait()) * Channels;
            if (fitting == frames.Length || _isCompleted || _isClosed)
            {
                break;
            }

            if (fitting > 0)
            {
                Write(frames.Span[..fitting]);
                frames = frames[fitting..];
                continue;
            }

            await _roomMade.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return Write(frames.Span);
    }

    /// <summary>Ends writing: the reader gets the rest, then the end.</summary>
    public void Complete()
    {
        _isCompleted = true;
        WakeBoth();
    }

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
        {
            throw new ArgumentException("destination is empty; it must hold at least one sample.", nameof(destination));
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_isClosed, this);

            if (TryTake(destination, wanted, out var block))
            {
                return block;
            }

            _written.Wait(Timeout.InfiniteTimeSpan, null, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        retryAfter = Timeout.InfiniteTimeSpan;
        return TryTake(destination, wanted, out block);
    }

    /// <inheritdoc/>
    public void Notify(Action? isReady) => _isReady = isReady;

    /// <inheritdoc/>
    public void Interrupt()
    {
        _isHurried = true;
        WakeReader();
    }

    /// <summary>The reader ends: a writer that waits, or writes later, learns of it.</summary>
    public void Dispose()
    {
        if (_isClosed)
        {
            return;
        }

        _isClosed = true;
        WakeBoth();
        _ring.Erase();
        // The eventfd is left to its finalizer: a writer may just be signalling.
    }

    private void RequireWhole(int length)
    {
        if (length % Channels != 0)
        {
            throw new ArgumentException($"frames holds {length} samples, which is no whole number of frames of {Channels}.", nameof(length));
        }
    }

    /// <summary>Frames that fit; if none do, the next read makes room and says so.</summary>
    private long RoomOrWait()
    {
        lock (_gate)
        {
            var room = _ring.Room;
            _isWriterWaiting = room == 0;
            return room;
        }
    }

    private void WakeWriter()
    {
        lock (_gate)
        {
            if (_isWriterWaiting)
            {
                _isWriterWaiting = false;
                _roomMade.Release();
            }
        }
    }

    private bool TryTake(Span<float> destination, int wanted, out AudioBlock block)
    {
        // Read before the ring, so that samples before the end are not lost.
        var isCompleted = _isCompleted;
        if (!isCompleted && !_ring.IsReady(_isHurried ? 1 : Math.Min(wanted, destination.Length)))
        {
            block = default;
            return false;
        }

        _isHurried = false;
        block = _ring.Read(destination);
        WakeWriter();
        if (block.Count == 0)
        {
            block = new AudioBlock(0, Stopwatch.GetTimestamp(), _ring.TakeLossAtEnd());
        }

        return true;
    }

    private void WakeReader()
    {
        if (_isReady is { } isReady)
        {
            isReady();
        }
        else
        {
            _written.Signal();
        }
    }

    private void WakeBoth()
    {
        WakeWriter();
        WakeReader();
    }
}
