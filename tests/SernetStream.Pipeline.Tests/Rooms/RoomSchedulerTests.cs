using System.Collections.Concurrent;
using SernetStream.Audio;
using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Pipeline.Rooms;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests.Rooms;

public sealed class RoomSchedulerTests : PipelineFixture
{
    private static readonly PipelineOptions Options = new() { LatencyBudgetSeconds = 60 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Eight_rooms_on_two_threads_give_the_events_of_one_room_alone(bool isLive)
    {
        var samples = Speech.TwoUtterances(silenceAtEnd: 10);
        var alone = await EventsOfAsync(new ArraySource(samples, isLive: false), (host, stop) => host.RunAsync(stop));
        using var scheduler = new RoomScheduler(workers: 2);
        var rooms = Enumerable.Range(0, 8)
            .Select(_ => EventsOfAsync(new PolledArraySource(samples, isLive), (host, stop) => host.RunAsync(scheduler, stop)));
        foreach (var events in await Task.WhenAll(rooms))
        {
            Assert.Equal(alone, events);
        }

        Assert.Contains(alone, e => e.Kind == EmotionEventKind.Final);
        Assert.Equal(0, scheduler.Rooms);
    }

    [Fact]
    public async Task A_source_that_can_only_be_waited_for_gives_the_same()
    {
        var samples = Speech.TwoUtterances();
        var alone = await EventsOfAsync(new ArraySource(samples, isLive: false), (host, stop) => host.RunAsync(stop));
        using var scheduler = new RoomScheduler(workers: 1);
        Assert.Equal(alone, await EventsOfAsync(new ArraySource(samples, isLive: false), (host, stop) => host.RunAsync(scheduler, stop)));
    }

    [Fact]
    public async Task What_one_room_has_learnt_changes_nothing_in_another()
    {
        using var model = EmotionModel.Load("light-sernet-home-int8");
        var samples = Speech.TwoUtterances();
        var learns = Options with { Learns = true };
        var alone = await EventsOfAsync(new ArraySource(samples, isLive: false), (host, stop) => host.RunAsync(stop), model, learns);
        var pupil = await EventsOfAsync(new ArraySource(samples, isLive: false), (host, stop) => host.RunAsync(stop), model);
        using var scheduler = new RoomScheduler(workers: 1);
        var rooms = Enumerable.Range(0, 4).Select(i => EventsOfAsync(
            new PolledArraySource(samples, isLive: false), (host, stop) => host.RunAsync(scheduler, stop), model, i % 2 == 0 ? learns : Options));
        var events = await Task.WhenAll(rooms);
        Assert.NotEqual(alone, pupil);
        Assert.All(Enumerable.Range(0, 4), i => Assert.Equal(i % 2 == 0 ? alone : pupil, events[i]));
    }

    [Fact]
    public async Task A_room_goes_on_from_a_saved_baseline_and_number()
    {
        using var model = EmotionModel.Load("light-sernet-home-int8");
        using var scheduler = new RoomScheduler(workers: 1);
        var before = model.CreateMemory();
        var first = await RunAsync(before, 0);
        Assert.Contains(before.Save(), value => value != 0);

        var moved = model.CreateMemory();
        moved.Restore(before.Save());
        var second = await RunAsync(moved, first[^1].Sequence);
        Assert.Equal(first[^1].Sequence + 1, second[0].Sequence);
        Assert.NotEqual(Final(first), Final(second));
        Assert.Throws<ArgumentException>(() => moved.Restore([1]));

        float[] Final(List<EmotionEvent> events) => [.. events.First(e => e.Kind == EmotionEventKind.Final).Raw.Values];

        async Task<List<EmotionEvent>> RunAsync(ClassifierMemory memory, long last)
        {
            using var detector = new SileroDetector();
            var sink = new ListSink();
            var host = new PipelineHost(
                new PolledArraySource(Speech.TwoUtterances(), isLive: false), model, detector, Options with { Learns = true, LastSequence = last }, sink)
            {
                Memory = memory,
            };
            await host.RunAsync(scheduler, CancellationToken.None).WaitAsync(WaitTimeout);
            return sink.Events;
        }
    }

    [Fact]
    public async Task A_room_that_throws_ends_alone()
    {
        var samples = Speech.TwoUtterances();
        var alone = await EventsOfAsync(new ArraySource(samples, isLive: false), (host, stop) => host.RunAsync(stop));
        using var scheduler = new RoomScheduler(workers: 2);
        var good = EventsOfAsync(new PolledArraySource(samples, isLive: false), (host, stop) => host.RunAsync(scheduler, stop));
        for (var i = 0; i < 100; i++)
        {
            var bad = new PolledArraySource(samples, isLive: true) { BeforeRead = _ => throw new InvalidOperationException("broken") };
            var error = await Assert.ThrowsAsync<InvalidOperationException>(() => EventsOfAsync(bad, (host, stop) => host.RunAsync(scheduler, stop)));
            Assert.Equal("broken", error.Message);
        }

        Assert.Equal(alone, await good);
    }

    [Fact]
    public async Task A_sink_that_takes_its_time_holds_up_no_other_room()
    {
        var samples = Speech.TwoUtterances();
        var open = new TaskCompletionSource();
        var slow = new ListSink { OnEvent = () => open.Task };
        using var scheduler = new RoomScheduler(workers: 1);
        using var detector = new SileroDetector();
        var waiting = new PipelineHost(new PolledArraySource(samples, isLive: false), Model, detector, Options, slow)
            .RunAsync(scheduler, CancellationToken.None);
        var events = await EventsOfAsync(new PolledArraySource(samples, isLive: false), (host, stop) => host.RunAsync(scheduler, stop));
        Assert.False(waiting.IsCompleted);
        open.SetResult();
        await waiting.WaitAsync(WaitTimeout);
        Assert.Equal(events, [.. slow.Events.Select(Said.Of)]);
    }

    [Fact]
    public async Task A_room_ends_when_it_is_told_to_also_one_whose_source_is_silent()
    {
        using var scheduler = new RoomScheduler(workers: 1);
        using var source = new PushSource("silent", 16000);
        using var stop = new CancellationTokenSource();
        var running = Host(source, new ListSink(), Options).RunAsync(scheduler, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(WaitTimeout));

        var other = Host(source, new ListSink(), Options).RunAsync(scheduler, CancellationToken.None);
        scheduler.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other.WaitAsync(WaitTimeout));
    }

    [Fact]
    public async Task Samples_that_come_while_it_is_muted_are_discarded_and_those_after_are_heard()
    {
        using var scheduler = new RoomScheduler(workers: 1);
        using var source = new PushSource("pushed", 16000, isLive: false);
        var sink = new ListSink();
        var host = Host(source, sink, Options);
        var running = host.RunAsync(scheduler, CancellationToken.None);
        host.Controls.Muted = true;
        await source.WriteAsync(GoldenSignal.Spoken);
        await source.WriteAsync(Speech.Silence(3));
        Assert.True(SpinWait.SpinUntil(() => host.Counters.SamplesMuted > GoldenSignal.Spoken.Length, WaitTimeout));
        Assert.Empty(sink.Events);
        host.Controls.Muted = false;
        await source.WriteAsync(Speech.Silence(2));
        await source.WriteAsync(GoldenSignal.Spoken);
        await source.WriteAsync(Speech.Silence(2));
        source.Complete();
        await running.WaitAsync(WaitTimeout);
        Assert.Single(sink.Events, e => e.Kind == EmotionEventKind.Final);
        Assert.Empty(host.Counters.Imbalances());
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        // A result that is too late when the model is done becomes no event, which would be an object.
        var options = new PipelineOptions { LatencyBudgetSeconds = 10, HopSeconds = 0.064 };
        var isCounting = false;
        float[] samples = [.. Speech.Silence(1), .. GoldenSignal.Spoken, .. GoldenSignal.Spoken, .. GoldenSignal.Spoken];
        var host = new PipelineHost(new PolledArraySource(samples, isLive: true), Model, Detector, options, new CountingSink());
        using var pipeline = new SteppedPipeline(host.Parts);
        using var worker = new StepWorker();
        var (before, events) = (0L, 0L);
        var perEvent = long.MaxValue;
        while (!pipeline.Step(worker).IsOver)
        {
            var now = GC.GetAllocatedBytesForCurrentThread();
            var isNew = host.Counters.Events > events;
            events = host.Counters.Events;
            if (isCounting && !isNew)
            {
                Assert.Equal(0, now - before);
            }
            else if (isCounting)
            {
                perEvent = Math.Min(perEvent, now - before);
            }

            isCounting |= host.Counters.WindowsClassified > 10;
            before = GC.GetAllocatedBytesForCurrentThread();
        }

        Assert.InRange(host.Counters.WindowsClassified, 40, 1000);
        // The event, its scores, and the copy that has the number.
        Assert.InRange(perEvent, 1, 2048);
    }

    [Fact]
    public async Task A_rehearsal_reaches_every_worker_and_leaves_nothing_behind()
    {
        var samples = Speech.TwoUtterances();
        var alone = await EventsOfAsync(new ArraySource(samples, isLive: false), (host, stop) => host.RunAsync(stop));
        using var scheduler = new RoomScheduler(workers: 3);
        var threads = new ConcurrentDictionary<int, bool>();
        await Rehearsal.RunAsync(scheduler, Model, () => new WitnessDetector(threads), CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Equal(3, threads.Count);
        Assert.Equal(0, scheduler.Rooms);
        Assert.Equal(alone, await EventsOfAsync(new PolledArraySource(samples, isLive: false), (host, stop) => host.RunAsync(scheduler, stop)));
    }

    [Fact]
    public async Task Two_rooms_that_come_at_once_are_stepped_at_once()
    {
        using var scheduler = new RoomScheduler(workers: 2);
        for (var round = 0; round < 500; round++)
        {
            // Each waits for the other, in the middle of its step.
            using var both = new Barrier(2);
            await Task.WhenAll(RunAsync(both), RunAsync(both)).WaitAsync(WaitTimeout);
        }

        async Task RunAsync(Barrier both)
        {
            var source = new PolledArraySource(Speech.Silence(0.04), isLive: false);
            await new PipelineHost(source, Model, new MeetingDetector(both), Options, new CountingSink()).RunAsync(scheduler, CancellationToken.None);
        }
    }

    private async Task<List<Said>> EventsOfAsync(
        IAudioSource source, Func<PipelineHost, CancellationToken, Task> run, EmotionModel? model = null, PipelineOptions? options = null)
    {
        using var detector = new SileroDetector();
        var sink = new ListSink();
        var host = new PipelineHost(source, model ?? Model, detector, options ?? Options, sink);
        await run(host, CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Empty(host.Counters.Imbalances());
        return [.. sink.Events.Select(Said.Of)];
    }

    /// <summary>What an event says, but for when it was said.</summary>
    private sealed record Said(
        EmotionEventKind Kind, long Sequence, double Start, double End, string Emotion, string Previous, float Confidence, string Scores)
    {
        public static Said Of(EmotionEvent e) => new(
            e.Kind, e.Sequence, e.AudioStart, e.AudioEnd, e.Emotion, e.Previous, e.Confidence,
            string.Join(' ', [.. e.Probabilities.Values.ToArray(), .. e.Raw.Values.ToArray()]));
    }

    private sealed class CountingSink : IEventSink
    {
        public ValueTask PublishAsync(EmotionEvent emotionEvent) => ValueTask.CompletedTask;

        public ValueTask PublishSpeechAsync(bool speaking) => ValueTask.CompletedTask;
    }

    /// <summary>Notes which threads ask.</summary>
    private sealed class WitnessDetector(ConcurrentDictionary<int, bool> threads) : ISpeechDetector
    {
        public float Probability(ReadOnlySpan<float> step)
        {
            threads[Environment.CurrentManagedThreadId] = true;
            return 0;
        }

        public void Reset()
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>Goes on when the other room is there too.</summary>
    private sealed class MeetingDetector(Barrier both) : ISpeechDetector
    {
        public float Probability(ReadOnlySpan<float> step)
        {
            Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(20)), "The other room was not stepped meanwhile.");
            return 0;
        }

        public void Reset()
        {
        }

        public void Dispose()
        {
        }
    }
}
