using System.Diagnostics;
using SernetStream.Publishing.Tests.Support;
using SernetStream.Testing;

namespace SernetStream.Publishing.Tests;

public sealed class PublisherHostTests
{
    private readonly ListLogger _logger = new();

    [Fact]
    public async Task Everything_reaches_every_publisher_in_order()
    {
        var first = new ScriptedPublisher("first");
        var second = new ScriptedPublisher("second");
        await using (var host = await StartAsync(first, second))
        {
            host.Publish(Events.Make(sequence: 1));
            host.PublishSpeech(speaking: true);
            await host.PublishAsync(Events.Make(sequence: 2), CancellationToken.None);
            await host.PublishSpeechAsync(speaking: false, CancellationToken.None);
        }

        string[] expected = ["1", "speech True", "2", "speech False", "disposed"];
        Assert.Equal(expected, first.Got);
        Assert.Equal(expected, second.Got);
        Assert.Empty(_logger.Lines);
    }

    [Fact]
    public async Task A_slow_publisher_loses_its_oldest_events_and_holds_up_nobody()
    {
        var slow = new ScriptedPublisher("slow") { Blocks = true };
        var quick = new ScriptedPublisher("quick");
        await using var host = await StartAsync(slow, quick);
        host.Publish(Events.Make(sequence: 1));
        await slow.Entered;

        for (var sequence = 2; sequence <= 301; sequence++)
        {
            host.Publish(Events.Make(sequence: sequence));
            await quick.GotAsync(sequence);
        }

        slow.Release();
        await slow.GotAsync(257);

        Assert.Equal(["1", .. Enumerable.Range(46, 256).Select(i => $"{i}")], slow.Got);
        await host.DisposeAsync();
        Assert.Equal(
            [new PublisherCounters("slow", 257, 44, 0), new PublisherCounters("quick", 301, 0, 0)], host.Counters);
    }

    [Fact]
    public async Task A_file_waits_for_the_slowest_publisher_and_loses_nothing()
    {
        var slow = new ScriptedPublisher("slow") { Blocks = true };
        await using var host = await StartAsync(new PublisherHostOptions { QueueLength = 2 }, slow);
        await host.PublishAsync(Events.Make(sequence: 1), CancellationToken.None);
        await slow.Entered;
        await host.PublishAsync(Events.Make(sequence: 2), CancellationToken.None);
        await host.PublishAsync(Events.Make(sequence: 3), CancellationToken.None);

        var waiting = host.PublishAsync(Events.Make(sequence: 4), CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        slow.Release();
        await waiting;

        await slow.GotAsync(4);
        Assert.Equal(["1", "2", "3", "4"], slow.Got);
        Assert.Equal(0, host.Counters[0].Dropped);
    }

    [Fact]
    public async Task A_wait_for_room_can_be_cancelled()
    {
        var slow = new ScriptedPublisher("slow") { Blocks = true };
        await using var host = await StartAsync(new PublisherHostOptions { QueueLength = 1 }, slow);
        await host.PublishAsync(Events.Make(sequence: 1), CancellationToken.None);
        await slow.Entered;
        await host.PublishAsync(Events.Make(sequence: 2), CancellationToken.None);
        using var cancel = new CancellationTokenSource();

        var waiting = host.PublishAsync(Events.Make(sequence: 3), cancel.Token).AsTask();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        slow.Release();
    }

    [Fact]
    public async Task A_publisher_that_throws_is_logged_once_per_change_and_goes_on()
    {
        var throwing = new ScriptedPublisher("throwing") { Throws = sequence => sequence is >= 2 and <= 4 or 6 };
        var healthy = new ScriptedPublisher("healthy");
        await using var host = await StartAsync(throwing, healthy);
        for (var sequence = 1; sequence <= 7; sequence++)
        {
            host.Publish(Events.Make(sequence: sequence));
        }

        await host.DisposeAsync();

        Assert.Equal(["1", "5", "7", "disposed"], throwing.Got);
        Assert.Equal(
            [new PublisherCounters("throwing", 3, 0, 4), new PublisherCounters("healthy", 7, 0, 0)], host.Counters);
        Assert.Equal(
            [
                "Warning: Publisher throwing failed (Not today); it is given the next event all the same",
                "Information: Publisher throwing works again",
                "Warning: Publisher throwing failed (Not today); it is given the next event all the same",
                "Information: Publisher throwing works again",
            ],
            _logger.Lines);
    }

    [Fact]
    public async Task A_publisher_whose_reader_has_gone_ends_quietly_and_says_so_to_the_host()
    {
        var closed = new ScriptedPublisher("closed") { Closes = true };
        var healthy = new ScriptedPublisher("healthy");
        await using var host = await StartAsync(closed, healthy);
        Assert.False(host.OutputClosed.IsCompleted);

        host.Publish(Events.Make(sequence: 1));
        await host.OutputClosed;
        for (var sequence = 2; sequence <= 600; sequence++)
        {
            await host.PublishAsync(Events.Make(sequence: sequence), CancellationToken.None);
        }

        await host.DisposeAsync();
        Assert.Equal(
            [new PublisherCounters("closed", 0, 600, 0), new PublisherCounters("healthy", 600, 0, 0)], host.Counters);
        Assert.Empty(_logger.Lines);
    }

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
            ["Warning: Publisher hanging did not take what was queued within 1 s; lost: 2"], _logger.Lines);
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
                "Warning: Publisher stuck did not take what was queued within 0.3 s; lost: 0",
                "Warning: Publisher stuck did not end within 0.4 s and is left behind",
            ],
            _logger.Lines);
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
                "Warning: Publisher stuck did not end within 0.1 s and is left behind",
            ],
            _logger.Lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)));
    }

    /// <summary>StrictTestFramework would fail the run: nobody looks at what comes of a publisher that was left behind.</summary>
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
    public async Task A_publisher_that_cannot_work_stops_the_start_and_the_others_are_disposed()
    {
        var first = new ScriptedPublisher("first");
        var broken = new ScriptedPublisher("broken") { CannotStart = true };
        var host = new PublisherHost([first, broken], _logger);

        await Assert.ThrowsAsync<PublisherException>(() => host.StartAsync(CancellationToken.None));
        await host.DisposeAsync();

        Assert.Equal(["disposed"], first.Got);
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

    [Fact]
    public async Task Publishing_live_allocates_nothing()
    {
        var publisher = new ScriptedPublisher("blocked") { Blocks = true };
        await using var host = await StartAsync(publisher);
        var emotionEvent = Events.Make();
        host.Publish(emotionEvent);
        await publisher.Entered;
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                host.Publish(emotionEvent);
            }
        });
        publisher.Release();
        Assert.Equal(0, allocated);
    }

    private Task<PublisherHost> StartAsync(params ScriptedPublisher[] publishers) =>
        StartAsync(new PublisherHostOptions(), publishers);

    private async Task<PublisherHost> StartAsync(PublisherHostOptions options, params ScriptedPublisher[] publishers)
    {
        var host = new PublisherHost(publishers, _logger, options);
        await host.StartAsync(CancellationToken.None);
        return host;
    }
}
