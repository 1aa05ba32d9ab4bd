using System.Diagnostics;
using SernetStream.Publishing.Tests.Support;

namespace SernetStream.Publishing.Tests;

/// <summary>How a host of publishers stops: queued events, publishers that hang, and how long it waits.</summary>
public sealed class PublisherShutdownTests : PublisherHostFixture
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_publisher_that_hangs_at_the_end_is_left_behind(bool heedsCancellation)
    {
        var hanging = new ScriptedPublisher("hanging") { Blocks = true, HeedsCancellation = heedsCancellation };
        var healthy = new ScriptedPublisher("healthy");
        var limits = new PublisherHostOptions
        {
            DrainLimit = TimeSpan.FromSeconds(1),
            EndLimit = TimeSpan.FromSeconds(20),
        };
        var host = await StartAsync(limits, hanging, healthy);
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            host.Publish(Events.Make(sequence: sequence));
        }

        await hanging.Entered;
        await healthy.GotAsync(3);
        var began = Stopwatch.GetTimestamp();
        await host.DisposeAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(15));
        Assert.Equal(["disposed"], hanging.Got);
        Assert.Equal(["1", "2", "3", "disposed"], healthy.Got);
        Assert.Equal(
            ["Warning: Publisher hanging did not take its queued events within 1 s; lost: 2"], Logger.Lines);
        Assert.Equal(heedsCancellation ? 3 : 2, host.Counters[0].Dropped);
        hanging.Release();
    }

    [Fact]
    public async Task Where_nobody_waits_for_the_end_a_slow_publisher_gets_all_that_was_queued()
    {
        var slow = new ScriptedPublisher("slow") { Blocks = true };
        var host = await StartAsync(new PublisherHostOptions { DrainLimit = TimeSpan.Zero }, slow);
        for (var sequence = 1; sequence <= 3; sequence++)
        {
            host.Publish(Events.Make(sequence: sequence));
        }

        var finished = host.FinishAsync(CancellationToken.None);
        await slow.Entered;
        Assert.False(finished.IsCompleted);
        slow.Release();
        await finished;
        await host.DisposeAsync();
        Assert.Equal(["1", "2", "3", "disposed"], slow.Got);
    }

    [Fact]
    public async Task One_that_hangs_is_waited_for_until_there_is_a_hurry_or_for_so_long()
    {
        await FinishAsync(TimeSpan.FromMilliseconds(50), CancellationToken.None);
        using var hurry = new CancellationTokenSource();
        var finished = FinishAsync(TimeSpan.FromHours(1), hurry.Token);
        Assert.False(finished.IsCompleted);
        await hurry.CancelAsync();
        await finished;

        async Task FinishAsync(TimeSpan limit, CancellationToken hurries)
        {
            var stuck = new ScriptedPublisher("stuck") { Blocks = true, HeedsCancellation = true };
            await using var host = await StartAsync(new PublisherHostOptions { FinishLimit = limit, DrainLimit = TimeSpan.Zero }, stuck);
            host.Publish(Events.Make(sequence: 1));
            await host.FinishAsync(hurries).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
        }
    }

    [Fact]
    public async Task One_that_neither_takes_what_is_queued_nor_ends_is_left_behind_within_the_two_seconds_of_a_shutdown()
    {
        var limits = new PublisherHostOptions();
        Assert.True(limits.DrainLimit < limits.EndLimit && limits.EndLimit < TimeSpan.FromSeconds(2));
        Assert.InRange(new Mqtt.MqttOptions { Host = "localhost", Node = "kitchen" }.ShutdownLimit, TimeSpan.Zero, limits.EndLimit);
        var plugin = new PluginSupervisor.PluginLimits();
        Assert.InRange(plugin.Stop + (2 * plugin.Grace), TimeSpan.Zero, limits.EndLimit);

        var stuck = new ScriptedPublisher("stuck") { Blocks = true, OnDispose = () => new TaskCompletionSource().Task };
        var host = await StartAsync(new PublisherHostOptions { DrainLimit = TimeSpan.FromSeconds(0.3), EndLimit = TimeSpan.FromSeconds(0.4) }, stuck);
        host.Publish(Events.Make(sequence: 1));
        await stuck.Entered;
        await host.DisposeAsync();

        Assert.Equal(
            [
                "Warning: Publisher stuck did not take its queued events within 0.3 s; lost: 0",
                "Warning: Publisher stuck did not end within 0.4 s; sernetd ends without it",
            ],
            Logger.Lines);
        stuck.Release();
    }

    [Fact]
    public async Task A_publisher_that_hangs_or_throws_while_it_ends_is_named()
    {
        var host = await StartAsync(new ScriptedPublisher("broken") { OnDispose = () => throw new InvalidOperationException("No end") });
        await host.DisposeAsync();
        var limits = new PublisherHostOptions { EndLimit = TimeSpan.FromMilliseconds(100) };
        host = await StartAsync(limits, new ScriptedPublisher("stuck") { OnDispose = () => new TaskCompletionSource().Task });
        await host.DisposeAsync();

        Assert.Equal(
            [
                "Warning: Publisher broken failed while it ended (No end)",
                "Warning: Publisher stuck did not end within 0.1 s; sernetd ends without it",
            ],
            Logger.Lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)));
    }

    /// <summary>The host must observe the exception of an abandoned publisher, or UnobservedTasks would fail the run.</summary>
    [Fact]
    public async Task A_publisher_that_was_left_behind_may_fail_unseen()
    {
        var end = new TaskCompletionSource();
        var limits = new PublisherHostOptions { EndLimit = TimeSpan.FromMilliseconds(10) };
        var host = await StartAsync(limits, new ScriptedPublisher("stuck") { OnDispose = () => end.Task });
        await host.DisposeAsync();

        end.SetException(new InvalidOperationException("No end"));
    }

    [Fact]
    public async Task After_the_end_events_are_counted_as_dropped()
    {
        var publisher = new ScriptedPublisher("gone");
        var host = await StartAsync(publisher);
        await host.DisposeAsync();

        host.Publish(Events.Make());
        await host.PublishAsync(Events.Make(), CancellationToken.None);
        await host.DisposeAsync();

        Assert.Equal([new PublisherCounters("gone", 0, 2, 0)], host.Counters);
        Assert.Equal(["disposed"], publisher.Got);
    }
}
