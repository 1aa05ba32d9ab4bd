using SernetStream.Plugins.Wyoming.Protocol;

namespace SernetStream.Plugins.Wyoming;

/// <summary>
/// What one client is told: emotions and moves of its voice or, once it asked to <c>detect</c>, wake words. Any task may
/// write; one event is written at a time, and a client that does not read is not waited for.
/// </summary>
internal sealed class ClientWriter(Stream stream, WyomingSettings settings, RefractoryTime refractory) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1);
    private readonly TimeSpan _limit = TimeSpan.FromSeconds(settings.IdleLimit);
    private IReadOnlySet<string>? _detects;
    private AudioFormat _format;
    private bool _ownAudio;
    private bool _detected;
    private double _positionMs;

    // Set by the task that reads, used by the one that answers: a moment old at worst.
    private long _timestamp;

    /// <summary>From now on the client wants wake words: these, or any.</summary>
    public void Detect(IReadOnlyList<string>? names) =>
        _detects = settings.WakeEmotions
            .Where(emotion => names is null or { Count: 0 } || names.Contains(emotion))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>The client begins to send audio of its own, and so no longer listens to the room.</summary>
    public void Begin(AudioFormat format, long? timestamp)
    {
        _format = format;
        _ownAudio = true;
        _detected = false;
        _positionMs = timestamp ?? 0;
        Volatile.Write(ref _timestamp, timestamp ?? 0);
    }

    /// <summary>The client sent audio; without a timestamp of its own, it is dated by its length.</summary>
    public void Chunk(int bytes, long? timestamp)
    {
        _positionMs = timestamp ?? _positionMs;
        Volatile.Write(ref _timestamp, (long)_positionMs);
        _positionMs += 1000.0 * bytes / _format.FrameBytes / _format.Rate;
    }

    /// <summary>Tells what was heard in the room, unless the client sends audio of its own.</summary>
    public Task TellRoomAsync(RoomEvent heard, CancellationToken cancellationToken) =>
        _ownAudio ? Task.CompletedTask : TellAsync(heard, cancellationToken);

    /// <summary>Tells what was heard.</summary>
    public Task TellAsync(RoomEvent heard, CancellationToken cancellationToken)
    {
        var timestamp = Volatile.Read(ref _timestamp);
        switch (heard)
        {
            case EmotionHeard { Event: var emotionEvent } when _detects is { } detects:
                if (emotionEvent.Kind == EmotionEventKind.Change
                    && detects.Contains(emotionEvent.Emotion)
                    && refractory.Passes(emotionEvent.Emotion))
                {
                    _detected = true;
                    return WriteAsync(Frame.Detection(emotionEvent.Emotion, timestamp), cancellationToken);
                }

                break;
            case EmotionHeard { Event: var emotionEvent } when settings.Kinds.Contains(emotionEvent.Kind):
                return WriteAsync(Frame.UserEvent(emotionEvent), cancellationToken);
            case SpeechChanged { Speaking: var speaking } when _detects is null:
                return WriteAsync(speaking ? Frame.VoiceStarted(timestamp) : Frame.VoiceStopped(timestamp), cancellationToken);
            default:
                break;
        }

        return Task.CompletedTask;
    }

    /// <summary>The client's audio is over and judged.</summary>
    public Task EndAsync(CancellationToken cancellationToken) =>
        _detects is not null && !_detected ? WriteAsync(Frame.NotDetected(), cancellationToken) : Task.CompletedTask;

    /// <summary>Writes one event.</summary>
    /// <exception cref="IOException">The client is gone.</exception>
    /// <exception cref="TimeoutException">It does not read.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_limit);
        try
        {
            await _writing.WaitAsync(limit.Token);
            try
            {
                await stream.WriteAsync(frame, limit.Token);
            }
            finally
            {
                _writing.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"it read nothing for {_limit.TotalSeconds:0.#} s");
        }
    }

    /// <summary>Writes one event, if the client still takes it.</summary>
    public async Task TryWriteAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(frame, cancellationToken);
        }
        catch (Exception error) when (error is IOException or TimeoutException or OperationCanceledException)
        {
            // A last message; nobody waits for it.
            return;
        }
    }

    public void Dispose() => _writing.Dispose();
}
