using System.Diagnostics;
using SernetStream.Audio;
using SernetStream.Audio.Capture;

namespace SernetStream.Cluster.Gateways;

/// <summary>
/// What somebody sends to this silo for a room. Until the room is here, its gateway passes over it, so that what is heard then is not
/// old; then the room reads it, and disposes it when it is over. Any thread.
/// </summary>
/// <param name="source">What comes; owned.</param>
/// <param name="complete">Ends it so that what has come is still read; null: it can be cut off.</param>
internal sealed class SentAudio(IPolledSource source, Action? complete = null) : IPolledSource
{
    /// <summary>Who has sent nothing for so long may be replaced by another sender.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private const int PieceLength = 4096;
    private const int MostPieces = 100;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private float[]? _passed;
    private long _heardAt = Stopwatch.GetTimestamp();
    private volatile Action? _isReady;
    private volatile bool _isCutOff;
    private bool _isTaken;
    private bool _isDisposed;

    private static AudioBlock TheEnd => new(0, Stopwatch.GetTimestamp(), 0);

    /// <inheritdoc/>
    public string Name => source.Name;

    /// <inheritdoc/>
    public int SampleRate => source.SampleRate;

    /// <inheritdoc/>
    public bool IsLive => true;

    /// <inheritdoc/>
    public string? ChannelNote => source.ChannelNote;

    /// <inheritdoc/>
    public string? SenderNote => source.SenderNote;

    /// <summary>Whether samples have come within the last second.</summary>
    public bool IsSending => !_ended.Task.IsCompleted && !_isCutOff && Stopwatch.GetElapsedTime(Volatile.Read(ref _heardAt)) < Pause;

    /// <summary>Completed once nobody reads it any more.</summary>
    public Task Ended => _ended.Task;

    /// <summary>The room takes it, and disposes it.</summary>
    /// <exception cref="AudioDeviceException">It is over.</exception>
    public SentAudio Take()
    {
        lock (_gate)
        {
            if (_isDisposed)
            {
                throw new AudioDeviceException(AudioDeviceError.Gone, "The sender has gone.");
            }

            _isTaken = true;
            return this;
        }
    }

    /// <summary>Passes over what has come, while no room has it.</summary>
    public void Pass()
    {
        lock (_gate)
        {
            if (_isTaken || _isDisposed)
            {
                return;
            }

            // Pinned: a collection that moved it would leave a copy of the sound behind.
            _passed ??= GC.AllocateArray<float>(PieceLength, pinned: true);
            try
            {
                for (var i = 0; i < MostPieces && source.TryRead(_passed, 1, out var block, out _); i++)
                {
                    if (block.IsEnd)
                    {
                        End();
                        break;
                    }

                    Observe(block);
                }
            }
            catch (AudioDeviceException)
            {
                // The sender has gone.
                End();
            }
            finally
            {
                Array.Clear(_passed);
            }
        }
    }

    /// <summary>No more comes: the room's reader gets the end; one that no room has is over.</summary>
    public void Complete()
    {
        if (complete is null)
        {
            _isCutOff = true;
        }
        else
        {
            complete();
        }

        _isReady?.Invoke();
        lock (_gate)
        {
            if (!_isTaken)
            {
                End();
            }
        }
    }

    /// <inheritdoc/>
    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken) =>
        _isCutOff ? TheEnd : Observe(source.Read(destination, wanted, cancellationToken));

    /// <inheritdoc/>
    public bool TryRead(Span<float> destination, int wanted, out AudioBlock block, out TimeSpan retryAfter)
    {
        if (_isCutOff)
        {
            (block, retryAfter) = (TheEnd, TimeSpan.Zero);
            return true;
        }

        var isThere = source.TryRead(destination, wanted, out block, out retryAfter);
        Observe(block);
        return isThere;
    }

    /// <inheritdoc/>
    public void Notify(Action? isReady)
    {
        _isReady = isReady;
        source.Notify(isReady);
    }

    /// <inheritdoc/>
    public void Interrupt() => source.Interrupt();

    /// <inheritdoc/>
    public void Silence() => source.Silence();

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            End();
        }
    }

    private AudioBlock Observe(AudioBlock block)
    {
        if (block.Count > 0)
        {
            Volatile.Write(ref _heardAt, Stopwatch.GetTimestamp());
        }

        return block;
    }

    /// <summary>Within the lock.</summary>
    private void End()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            source.Dispose();
            _ended.SetResult();
        }
    }
}
