namespace SernetStream.Plugins.Tests.Support;

/// <summary>A clock whose timers fire when the test says so. Disposed timers can fire too, as in a race.</summary>
internal sealed class HeldClock : TimeProvider
{
    private readonly List<(TimeSpan Due, Action Fire)> _timers = [];

    public IReadOnlyList<TimeSpan> Due => [.. _timers.Select(timer => timer.Due)];

    public void Fire(int timer) => _timers[timer].Fire();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        _timers.Add((dueTime, () => callback(state)));
        return new Idle();
    }

    private sealed class Idle : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException();

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
