namespace SernetStream.Audio.Streams;

/// <summary>
/// Makes any source one that can be asked without waiting: a thread of its own reads it and fills a queue. For sources that
/// can only be waited for, such as standard input.
/// </summary>
public sealed class PumpedSource : IPolledSource
{
    private const double PieceSeconds = 0.032;
    private static readonly TimeSpan LongestClosing = TimeSpan.FromSeconds(1);

    private readonly IAudioSource _inner;
    private readonly PushSource _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _pump;
    private volatile Exception? _problem;
    private volatile bool _isSilenced;
    private long _lost;

    /// <summary>Begins to read.</summary>
    /// <param name="inner">Read, and disposed in the end, by the pump's thread.</param>
    public PumpedSource(IAudioSource inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        _queue = new PushSource(inner.Name, inner.SampleRate, isLive: inner.IsLive);
        _pump = new Thread(Pump) { IsBackground = true, Name = "sernet pump" };
        _pump.Start();
    }

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public int SampleRate => _queue.SampleRate;

    /// <inheritdoc/>
    public bool IsLive => _queue.IsLive;

    /// <inheritdoc/>
    public string? ChannelNote => _inner.ChannelNote;

    /// <inheritdoc/>
    public string? SenderNote => _inner.SenderNote;

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken) =>
        Checked(_queue.Read(destination, wanted, cancellationToken));

    /// <inheritdoc/>
    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        var isThere = _queue.TryRead(destination, wanted, out block, out retryAfter);
        Checked(isThere ? block : new AudioBlock(1, 0, 0));
        return isThere;
    }

    /// <inheritdoc/>
    public void Notify(Action? isReady) => _queue.Notify(isReady);

    /// <inheritdoc/>
    public void Interrupt() => _queue.Interrupt();

    /// <inheritdoc/>
    public void Silence() => _isSilenced = true;

    /// <summary>Ends the reading; a source that hangs is left to its thread.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _queue.Dispose();
        _pump.Join(LongestClosing);
    }

    /// <summary>What the source failed by comes after what it had delivered.</summary>
    private AudioBlock Checked(AudioBlock block) => block.IsEnd && _problem is { } problem ? throw problem : block;

    private void Pump()
    {
        // Pinned: a collection that moved it would leave a copy of the sound behind.
        var samples = GC.AllocateArray<float>(Math.Max(1, (int)(PieceSeconds * SampleRate)), pinned: true);
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                if (_isSilenced)
                {
                    _isSilenced = false;
                    _inner.Silence();
                }

                var block = _inner.Read(samples, samples.Length, _stop.Token);
                if (block.IsEnd || !Hand(samples, block))
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The reader has gone.
        }
        catch (Exception error)
        {
            // Thrown again where the reader comes to it.
            _problem = error;
        }
        finally
        {
            Array.Clear(samples);
            _queue.Complete();
            _inner.Dispose();
        }
    }

    private bool Hand(float[] samples, in AudioBlock block)
    {
        _lost += block.LostBefore;
        if (block.Count == 0)
        {
            // A gap is known with the samples after it.
            return true;
        }

        var lost = _lost;
        _lost = 0;
        return IsLive
            ? _queue.Write(samples.AsSpan(0, block.Count), block.CapturedAt, lost)
            : _queue.WriteAsync(samples.AsMemory(0, block.Count), _stop.Token).AsTask().GetAwaiter().GetResult();
    }
}
