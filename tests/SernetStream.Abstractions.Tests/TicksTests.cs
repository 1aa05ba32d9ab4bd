namespace SernetStream.Abstractions.Tests;

public sealed class TicksTests
{
    [Fact]
    public async Task A_loop_beats_until_it_is_stopped_and_ends_without_an_exception()
    {
        using var stop = new CancellationTokenSource();
        using var ticks = new Ticks(TimeSpan.FromMilliseconds(1), TimeProvider.System, stop.Token);
        Assert.True(await ticks.NextAsync());
        Assert.True(await ticks.NextAsync());
        await stop.CancelAsync();
        Assert.False(await ticks.NextAsync());
        Assert.False(await ticks.NextAsync());
    }

    [Fact]
    public async Task A_wait_that_is_stopped_ends_at_once_without_an_exception()
    {
        using var stop = new CancellationTokenSource();
        using var ticks = new Ticks(TimeSpan.FromDays(1), TimeProvider.System, stop.Token);
        var waiting = ticks.NextAsync();
        Assert.False(waiting.IsCompleted);
        await stop.CancelAsync();
        Assert.False(await waiting);
    }

    [Fact]
    public async Task A_loop_that_was_stopped_before_it_began_does_not_beat()
    {
        using var ticks = new Ticks(TimeSpan.FromMilliseconds(1), TimeProvider.System, new CancellationToken(canceled: true));
        Assert.False(await ticks.NextAsync());
    }
}
