namespace SernetStream.Plugins;

/// <summary>
/// A stream of audio that a plugin brings, judged by a pipeline of its own: write audio, read events. One task writes
/// while another reads. Dispose it to end the pipeline at once.
/// </summary>
public interface IAudioStream : IAsyncDisposable
{
    /// <summary>What <see cref="WriteAsync"/> takes.</summary>
    AudioFormat Format { get; }

    /// <summary>
    /// What was heard in this stream. It ends after <see cref="Complete"/>, when all that was written has been judged.
    /// Read it: the pipeline waits while too many events are unread. It can be read once.
    /// </summary>
    IAsyncEnumerable<RoomEvent> Events { get; }

    /// <summary>
    /// Takes audio, and waits while the pipeline is busy with what came before. A frame may be split between two calls.
    /// </summary>
    /// <exception cref="InvalidOperationException">After <see cref="Complete"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the stream is disposed.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> audio, CancellationToken cancellationToken);

    /// <summary>Says that no more audio comes: an utterance that is open is judged as a whole.</summary>
    void Complete();
}
