using System.Collections.Concurrent;

namespace SernetStream.Plugins.Tests.Support;

/// <summary>A clock on which every wait ends at once and the time moves on by its length. It records the waits.</summary>
internal sealed class HurryingClock : TimeProvider
{
    private long _passed;

    /// <summary>The length of each wait, in order.</summary>
    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _passed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            Waits.Enqueue(dueTime);
            Interlocked.Add(ref _passed, dueTime.Ticks);
            dueTime = TimeSpan.Zero;
        }

        return System.CreateTimer(callback, state, dueTime, Timeout.InfiniteTimeSpan);
    }
}
