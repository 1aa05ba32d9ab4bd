using SernetStream.Posix;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// How other threads reach the connection's thread while it waits: there is something to send, or it is to end by a
/// deadline. The connection's thread disposes it; calls after that do nothing.
/// </summary>
internal sealed class LoopSignal : IDisposable
{
    private readonly Lock _gate = new();
    private long _deadline;
    private volatile bool _stopping;

    /// <summary>What the connection's thread waits for beside the network.</summary>
    public WakeEvent Event { get; } = new();

    /// <summary>Whether <see cref="Stop"/> was called.</summary>
    public bool IsStopping => _stopping;

    /// <summary>How long until the deadline, 0 when it has passed; without a deadline, for ever.</summary>
    public TimeSpan TimeLeft => _stopping ? StopwatchTime.Left(Interlocked.Read(ref _deadline)) : TimeSpan.MaxValue;

    /// <summary>Wakes the thread.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            if (!Event.IsClosed)
            {
                Event.Signal();
            }
        }
    }

    /// <summary>Tells the thread to end within <paramref name="limit"/>, and wakes it.</summary>
    public void Stop(TimeSpan limit)
    {
        Interlocked.Exchange(ref _deadline, StopwatchTime.In(limit));
        _stopping = true;
        Wake();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            Event.Dispose();
        }
    }
}
