using SernetStream.Daemon.Hosting;
using SernetStream.Testing;

namespace SernetStream.Daemon.Tests;

public class CancelOnCompletionTests
{
    [Fact]
    public async Task What_has_come_to_pass_cancels()
    {
        using var stop = new CancellationTokenSource();
        var passed = new TaskCompletionSource();
        await using var watch = new CancelOnCompletion(passed.Task, stop);
        Assert.False(stop.IsCancellationRequested);
        passed.SetResult();
        var cancelled = new TaskCompletionSource();
        await using var registration = stop.Token.Register(cancelled.SetResult);
        await cancelled.Task.WaitAsync(ChildProcess.WaitTimeout);
    }

    [Fact]
    public async Task What_comes_to_pass_after_the_end_touches_nothing()
    {
        var passed = new TaskCompletionSource();
        var stop = new CancellationTokenSource();
        await new CancelOnCompletion(passed.Task, stop).DisposeAsync();
        stop.Dispose();

        // Runs all remaining continuations; UnobservedTasks fails the run if one throws.
        passed.SetResult();
        Assert.False(stop.IsCancellationRequested);
    }
}
