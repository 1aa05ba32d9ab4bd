using System.Diagnostics;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Streams;

/// <summary>
/// Makes a source that gives what has come one that is asked for so many samples, with no thread: each look takes all that
/// has come. So nothing grows old unseen in the system; what is more than two seconds is dropped, and known as a gap.
/// </summary>
internal sealed class DrainedSource : IPolledSource
{
    private const double PieceSeconds = 0.032;

    /// <summary>One that floods is not drained for ever: so much at a look, in seconds.</summary>
    private const double MostSecondsALook = 4;

    /// <summary>Networks send pieces: those that are late by a moment are not asked for without end.</summary>
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(5);

    /// <summary>What waits in the system has little room there.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMilliseconds(100);

    private readonly IInstantSource _inner;
    private readonly PushSource _queue;
    private readonly float[] _piece;
    private AudioDeviceException? _problem;
    private bool _isOver;
    private long _lookedAt = Stopwatch.GetTimestamp();
    private long _capturedAt;
    private long _lost;

    /// <param name="inner">What is drained; owned.</param>
    public DrainedSource(IInstantSource inner)
    {
        _inner = inner;
        _queue = new PushSource(inner.Name, inner.SampleRate);
        // Pinned: a collection that moved it would leave a copy of the sound behind.
        _piece = GC.AllocateArray<float>(Math.Max(1, (int)(PieceSeconds * inner.SampleRate)), pinned: true);
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public int SampleRate => _queue.SampleRate;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public string? ChannelNote => _inner.ChannelNote;

    /// <inheritdoc/>
    public string? SenderNote => _inner.SenderNote;

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryRead(destination, wanted, out var block, out var retryAfter))
            {
                return block;
            }

            cancellationToken.WaitHandle.WaitOne(retryAfter);
        }
    }

    /// <inheritdoc/>
    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        retryAfter = TimeSpan.Zero;
        var quiet = _isOver ? LongestRest : Drain();
        if (_queue.TryRead(destination, wanted, out block, out _))
        {
            // What the source failed by comes after what it had delivered.
            return block.IsEnd && _problem is { } problem ? throw problem : true;
        }

        if (_lost > 0 && _queue.Count == 0)
        {
            (block, _lost) = (new AudioBlock(0, _capturedAt, _lost), 0);
            return true;
        }

        var lacking = TimeSpan.FromSeconds((double)(Math.Min(wanted, destination.Length) - _queue.Count) / SampleRate);
        retryAfter = quiet < TimeSpan.Zero || lacking < quiet ? lacking : quiet;
        retryAfter = retryAfter < ShortestRest ? ShortestRest : retryAfter > LongestRest ? LongestRest : retryAfter;
        return false;
    }

    /// <inheritdoc/>
    public void Notify(Action? isReady) => _queue.Notify(isReady);

    /// <inheritdoc/>
    public void Interrupt() => _queue.Interrupt();

    /// <inheritdoc/>
    public void Silence() => _inner.Silence();

    /// <inheritdoc/>
    public void Dispose()
    {
        _queue.Dispose();
        _inner.Dispose();
    }

    /// <summary>Takes what has come.</summary>
    /// <returns>See <see cref="IInstantSource.TryTake"/>.</returns>
    private TimeSpan Drain()
    {
        var quiet = TimeSpan.Zero;
        try
        {
            for (var left = (long)(MostSecondsALook * SampleRate); left > 0 && _inner.TryTake(_piece, out var block, out quiet);)
            {
                if (block.IsEnd)
                {
                    End(null);
                    break;
                }

                Hand(block);
                left -= block.Count;
            }
        }
        catch (AudioDeviceException problem)
        {
            End(problem);
        }
        finally
        {
            Array.Clear(_piece);
        }

        _lookedAt = Stopwatch.GetTimestamp();
        if (_lost > 0)
        {
            // What was before the gap waits for nothing behind it.
            _queue.Interrupt();
        }

        return quiet;
    }

    /// <summary>A gap is handed on with the samples after it, where there are some.</summary>
    private void Hand(in AudioBlock block)
    {
        // What comes now came after the last look, and no faster than it was captured.
        var duration = (long)((block.Count + block.LostBefore) * (double)Stopwatch.Frequency / SampleRate);
        _capturedAt = Math.Min(block.CapturedAt, Math.Max(_lookedAt, _capturedAt + duration));
        _lost += block.LostBefore;
        if (block.Count > 0)
        {
            _queue.Write(_piece.AsSpan(0, block.Count), _capturedAt, _lost);
            _lost = 0;
        }
    }

    private void End(AudioDeviceException? problem)
    {
        (_isOver, _problem) = (true, problem);
        _queue.Complete();
    }
}
