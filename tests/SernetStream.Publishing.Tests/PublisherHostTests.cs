using SernetStream.Publishing.Tests.Support;
using SernetStream.Testing;

namespace SernetStream.Publishing.Tests;

public sealed class PublisherHostTests : PublisherHostFixture
{
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
        Assert.Empty(Logger.Lines);
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
    public async Task A_room_that_floods_a_slow_publisher_displaces_its_own_events_alone()
    {
        var slow = new ScriptedPublisher("slow") { Blocks = true };
        await using var host = await StartAsync(new PublisherHostOptions { QueueLength = 8 }, slow);
        host.Publish(Events.Make(sequence: 1));
        await slow.Entered;

        host.Publish(Events.Make(sequence: 2, node: "bath"));
        host.PublishSpeech(speaking: true);
        for (var sequence = 3; sequence <= 100; sequence++)
        {
            host.Publish(Events.Make(sequence: sequence, node: "flood"));
        }

        host.Publish(Events.Make(sequence: 101, node: "bath"));
        slow.Release();
        await slow.GotAsync(9);

        Assert.Equal(["1", "2", "speech True", "96", "97", "98", "99", "100", "101"], slow.Got);
        Assert.Equal(93, host.Counters[0].Dropped);
    }

    [Fact]
    public async Task Rooms_of_equal_shares_lose_the_oldest_of_all()
    {
        var slow = new ScriptedPublisher("slow") { Blocks = true };
        await using var host = await StartAsync(new PublisherHostOptions { QueueLength = 4 }, slow);
        host.Publish(Events.Make(sequence: 1));
        await slow.Entered;

        for (var sequence = 2; sequence <= 11; sequence++)
        {
            host.Publish(Events.Make(sequence: sequence, node: $"room {sequence}"));
        }

        slow.Release();
        await slow.GotAsync(5);
        Assert.Equal(["1", "8", "9", "10", "11"], slow.Got);
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
                "Warning: Publisher throwing failed (Not today); it gets the next event anyway",
                "Information: Publisher throwing works again",
                "Warning: Publisher throwing failed (Not today); it gets the next event anyway",
                "Information: Publisher throwing works again",
            ],
            Logger.Lines);
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
        Assert.Empty(Logger.Lines);
    }

    [Fact]
    public async Task A_publisher_that_cannot_work_stops_the_start_and_the_others_are_disposed()
    {
        var first = new ScriptedPublisher("first");
        var broken = new ScriptedPublisher("broken") { CannotStart = true };
        var host = new PublisherHost([first, broken], Logger);

        await Assert.ThrowsAsync<PublisherException>(() => host.StartAsync(CancellationToken.None));
        await host.DisposeAsync();

        Assert.Equal(["disposed"], first.Got);
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
}
