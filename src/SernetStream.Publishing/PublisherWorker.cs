using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace SernetStream.Publishing;

/// <summary>One publisher with its queue, its task and its counters.</summary>
internal sealed class PublisherWorker : IAsyncDisposable
{
    private static readonly TimeSpan CancellationGrace = TimeSpan.FromMilliseconds(200);

    private readonly IEventPublisher _publisher;
    private readonly PublisherHostOptions _options;
    private readonly ILogger _logger;
    private readonly Action _closedByReader;
    private readonly PublisherQueue _queue;
    private readonly CancellationTokenSource _cut = new();
    private Task _pump = Task.CompletedTask;
    private bool _closed;
    private bool _failing;
    private long _published;
    private long _dropped;
    private long _failed;

    public PublisherWorker(
        IEventPublisher publisher, PublisherHostOptions options, ILogger logger, Action closedByReader)
    {
        _publisher = publisher;
        _options = options;
        _logger = logger;
        _closedByReader = closedByReader;
        _queue = new PublisherQueue(options.QueueLength);
    }

    public PublisherCounters Counters => new(
        _publisher.Name,
        Interlocked.Read(ref _published),
        Interlocked.Read(ref _dropped),
        Interlocked.Read(ref _failed));

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _publisher.StartAsync(cancellationToken).ConfigureAwait(false);
        _pump = Task.Run(PumpAsync, CancellationToken.None);
    }

    /// <summary>Queues without waiting: the oldest item of the room that has most makes room.</summary>
    public void Post(PublisherItem item)
    {
        if (_queue.Push(item) is { } lost)
        {
            CountDropped(lost);
        }
    }

    /// <summary>Queues, and waits for room.</summary>
    public async ValueTask PostAsync(PublisherItem item, CancellationToken cancellationToken)
    {
        if (!await _queue.AddAsync(item, cancellationToken).ConfigureAwait(false))
        {
            CountDropped(item);
        }
    }

    /// <summary>Takes no more events, and waits until all queued ones are delivered, or the end is urgent.</summary>
    public async Task FinishAsync(CancellationToken hurry)
    {
        _queue.Complete();
        await _pump.WaitAsync(hurry).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_pump.IsCompleted)
        {
            await _publisher.FinishAsync(hurry).ConfigureAwait(false);
        }
    }

    /// <summary>Drains and disposes, both within their limits.</summary>
    public async ValueTask DisposeAsync()
    {
        var began = Stopwatch.GetTimestamp();
        _queue.Complete();
        if (!await EndsWithinAsync(_pump, _options.DrainLimit).ConfigureAwait(false))
        {
            var lost = DropQueued();
            await _cut.CancelAsync().ConfigureAwait(false);
            _logger.LogWarning(
                "Publisher {Publisher} did not take its queued events within {Seconds} s; lost: {Count}",
                _publisher.Name, _options.DrainLimit.TotalSeconds, lost);
        }

        // On a task of its own: a publisher may block before it returns its first await.
        var disposed = Task.Run(DisposePublisherAsync);
        try
        {
            var left = _options.EndLimit - Stopwatch.GetElapsedTime(began);
            if (!await EndsWithinAsync(disposed, left > TimeSpan.Zero ? left : TimeSpan.Zero).ConfigureAwait(false))
            {
                _logger.LogWarning(
                    "Publisher {Publisher} did not end within {Seconds} s; sernetd ends without it",
                    _publisher.Name, _options.EndLimit.TotalSeconds);
            }
        }
        catch (Exception exception)
        {
            _logger.LogWarning(
                "Publisher {Publisher} failed while it ended ({Reason})", _publisher.Name, exception.Message);
            _logger.LogDebug(exception, "Where publisher {Publisher} failed", _publisher.Name);
        }

        // One that hangs still holds the token.
        if (_pump.IsCompleted)
        {
            _cut.Dispose();
        }
    }

    private static async Task<bool> EndsWithinAsync(Task task, TimeSpan limit)
    {
        if (await Task.WhenAny(task, Task.Delay(limit)).ConfigureAwait(false) != task)
        {
            task.LeaveBehind();
            return false;
        }

        await task.ConfigureAwait(false);
        return true;
    }

    private async Task DisposePublisherAsync()
    {
        // A publisher that obeys the cancellation is never disposed during a call.
        await EndsWithinAsync(_pump, CancellationGrace).ConfigureAwait(false);
        await _publisher.DisposeAsync().ConfigureAwait(false);
    }

    private int DropQueued()
    {
        var count = 0;
        for (; _queue.TryTake() is { } item; count++)
        {
            CountDropped(item);
        }

        return count;
    }

    private async Task PumpAsync()
    {
        while (await _queue.TakeAsync().ConfigureAwait(false) is { } item)
        {
            if (_closed || _cut.IsCancellationRequested)
            {
                CountDropped(item);
            }
            else
            {
                await DeliverAsync(item).ConfigureAwait(false);
            }
        }
    }

    private async Task DeliverAsync(PublisherItem item)
    {
        try
        {
            if (item.Event is null)
            {
                await _publisher.PublishSpeechAsync(item.Speaking, _cut.Token).ConfigureAwait(false);
            }
            else
            {
                await _publisher.PublishAsync(item.Event, _cut.Token).ConfigureAwait(false);
                Interlocked.Increment(ref _published);
            }

            if (_failing)
            {
                _failing = false;
                _logger.LogInformation("Publisher {Publisher} works again", _publisher.Name);
            }
        }
        catch (PublisherClosedException exception)
        {
            _closed = true;
            CountDropped(item);
            _logger.LogDebug(exception, "Publisher {Publisher} has no reader any more", _publisher.Name);
            _closedByReader();
        }
        catch (OperationCanceledException) when (_cut.IsCancellationRequested)
        {
            CountDropped(item);
        }
        catch (Exception exception)
        {
            CountFailed(item, exception);
        }
    }

    private void CountFailed(PublisherItem item, Exception exception)
    {
        if (item.Event is not null)
        {
            Interlocked.Increment(ref _failed);
        }

        if (!_failing)
        {
            _failing = true;
            _logger.LogWarning(
                "Publisher {Publisher} failed ({Reason}); it gets the next event anyway",
                _publisher.Name, exception.Message);
            _logger.LogDebug(exception, "Where publisher {Publisher} failed", _publisher.Name);
        }
    }

    private void CountDropped(PublisherItem item)
    {
        if (item.Event is not null)
        {
            Interlocked.Increment(ref _dropped);
        }
    }
}
