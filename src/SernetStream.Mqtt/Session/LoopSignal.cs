namespace SernetStream.Mqtt.Session;

/// <summary>
/// How others reach the connection's task while it waits: the network has news, there is something to send, or it is to
/// end by a deadline. Signals that nobody waited for yet count as one. The connection's task disposes it; calls after
/// that do nothing.
/// </summary>
internal sealed class LoopSignal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _bell = new(0);
    private readonly CancellationTokenSource _stop = new();
    private long _deadline;
    private bool _rung;
    private bool _disposed;

    /// <summary>Whether <see cref="Stop"/> was called.</summary>
    public bool IsStopping => _stop.IsCancellationRequested;

    /// <summary>Cancelled by <see cref="Stop"/>.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>How long until the deadline, 0 when it has passed; without a deadline, for ever.</summary>
    public TimeSpan TimeLeft => IsStopping ? StopwatchTime.Left(_deadline) : TimeSpan.MaxValue;

    /// <summary>Wakes the task.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (!_rung && !_disposed)
            {
                _rung = true;
                _bell.Release();
            }
        }
    }

    /// <summary>Waits until somebody wakes the task, or until the time is over.</summary>
    public async Task WaitAsync(TimeSpan limit)
    {
        if (await _bell.WaitAsync(limit).ConfigureAwait(false))
        {
            lock (_gate)
            {
                _rung = false;
            }
        }
    }

    /// <summary>Tells the task to end within <paramref name="limit"/>, and wakes it.</summary>
    public void Stop(TimeSpan limit)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _deadline = StopwatchTime.In(limit);
                _stop.Cancel();
            }
        }

        Wake();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _bell.Dispose();
            _stop.Dispose();
        }
    }
}
