namespace SernetStream.Diary.Tests;

/// <summary>A clock of a wall in Berlin, which can be set, and one that only goes on. Its timers never fire.</summary>
internal sealed class DiaryTime : TimeProvider
{
    private DateTimeOffset _wall = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => _wall;

    public void Advance(TimeSpan time) => (_wall, _ticks) = (_wall + time, _ticks + time.Ticks);

    public void SetWall(DateTimeOffset wall) => _wall = wall;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Still();

    private sealed class Still : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
