namespace SernetStream.Publishing;

/// <summary>
/// Where events go. The host calls one publisher from one task at a time, through a bounded queue of its own, so a
/// slow publisher holds up nobody else.
/// </summary>
public interface IEventPublisher : IAsyncDisposable
{
    /// <summary>A short name for logs and counters, such as <c>mqtt</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Gets ready. A peer that is not there yet is not an error: the publisher keeps trying in the background.
    /// </summary>
    /// <exception cref="PublisherException">It can never work as configured; the message says what to change.</exception>
    ValueTask StartAsync(CancellationToken cancellationToken);

    /// <summary>Hands one event over.</summary>
    ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken);

    /// <summary>Says that somebody began or ceased to speak.</summary>
    ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken);

    /// <summary>
    /// No more events come: finishes those that it was given, for which there is time until <paramref name="hurry"/> is
    /// cancelled. It is disposed after that, whether it has finished or not.
    /// </summary>
    ValueTask FinishAsync(CancellationToken hurry) => ValueTask.CompletedTask;
}
