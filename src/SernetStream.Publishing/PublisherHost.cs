using Microsoft.Extensions.Logging;

namespace SernetStream.Publishing;

/// <summary>
/// Fans events and speech changes out to publishers. Each has a bounded queue and a task of its own, so one that is
/// slow, throws or hangs is not noticed by the pipeline or by the others.
/// </summary>
/// <remarks>
/// A live pipeline calls <see cref="Publish"/>, which never waits; a file read as fast as possible calls
/// <see cref="PublishAsync"/>, which loses nothing. Both may be called from any thread; order is kept for calls made
/// one after the other.
/// </remarks>
public sealed class PublisherHost : IAsyncDisposable
{
    private readonly PublisherWorker[] _lanes;
    private readonly TimeSpan _finishLimit;
    private readonly TaskCompletionSource _outputClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private Task? _stopped;

    /// <summary>Makes a host for <paramref name="publishers"/>, which it owns from now on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The queue length is below 1.</exception>
    public PublisherHost(
        IEnumerable<IEventPublisher> publishers, ILogger logger, PublisherHostOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(publishers);
        ArgumentNullException.ThrowIfNull(logger);
        options ??= new PublisherHostOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.QueueLength, 1, nameof(options));
        _finishLimit = options.FinishLimit;
        _lanes = [.. publishers.Select(
            publisher => new PublisherWorker(publisher, options, logger, () => _outputClosed.TrySetResult()))];
    }

    /// <summary>
    /// Completes when the reader of a publisher's output has gone (see <see cref="PublisherClosedException"/>). It
    /// never fails, and may never complete.
    /// </summary>
    public Task OutputClosed => _outputClosed.Task;

    /// <summary>The counters of every publisher, in the order they were given.</summary>
    public IReadOnlyList<PublisherCounters> Counters => [.. _lanes.Select(lane => lane.Counters)];

    /// <summary>Starts every publisher, one after the other, and then their queues.</summary>
    /// <exception cref="PublisherException">One can never work as configured. Dispose the host to end the others.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
        {
            await lane.StartAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Queues an event and returns at once. Where a queue is full, the oldest entry of the room that has most in it is dropped and
    /// counted.
    /// </summary>
    public void Publish(EmotionEvent emotionEvent)
    {
        ArgumentNullException.ThrowIfNull(emotionEvent);
        Post(new PublisherItem(emotionEvent, Speaking: false));
    }

    /// <summary>Queues a change of speech and returns at once, as <see cref="Publish"/> does.</summary>
    public void PublishSpeech(bool speaking) => Post(new PublisherItem(Event: null, speaking));

    /// <summary>Queues an event, and waits while a queue is full.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; some publishers may have the event.</exception>
    public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(emotionEvent);
        return PostAsync(new PublisherItem(emotionEvent, Speaking: false), cancellationToken);
    }

    /// <summary>Queues a change of speech, and waits while a queue is full.</summary>
    /// <exception cref="OperationCanceledException">Cancelled while waiting; some publishers may have the change.</exception>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken) =>
        PostAsync(new PublisherItem(Event: null, speaking), cancellationToken);

    /// <summary>
    /// Nothing more comes, and nobody waits for the end, as after a recording: lets the publishers finish all they were
    /// given, within <see cref="PublisherHostOptions.FinishLimit"/> and until <paramref name="hurry"/> is cancelled.
    /// </summary>
    public async Task FinishAsync(CancellationToken hurry)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(hurry);
        limit.CancelAfter(_finishLimit);
        await Task.WhenAll(_lanes.Select(lane => lane.FinishAsync(limit.Token))).ConfigureAwait(false);
    }

    /// <summary>
    /// Lets the queues drain within <see cref="PublisherHostOptions.DrainLimit"/>, then disposes the publishers, all that
    /// within <see cref="PublisherHostOptions.EndLimit"/>. One that hangs is left behind and named in the log.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task stopped;
        lock (_gate)
        {
            stopped = _stopped ??= Task.WhenAll(_lanes.Select(lane => lane.DisposeAsync().AsTask()));
        }

        await stopped.ConfigureAwait(false);
    }

    private void Post(PublisherItem item)
    {
        foreach (var lane in _lanes)
        {
            lane.Post(item);
        }
    }

    private async ValueTask PostAsync(PublisherItem item, CancellationToken cancellationToken)
    {
        foreach (var lane in _lanes)
        {
            await lane.PostAsync(item, cancellationToken).ConfigureAwait(false);
        }
    }
}
