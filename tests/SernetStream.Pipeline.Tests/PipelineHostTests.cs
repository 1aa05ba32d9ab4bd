using System.Collections.Concurrent;
using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests;

public class PipelineHostTests : PipelineFixture
{
    [Fact]
    public async Task A_file_at_full_speed_gives_a_final_for_each_utterance_and_loses_nothing()
    {
        var sink = new ListSink();
        var host = Host(new ArraySource(Speech.TwoUtterances(), isLive: false), sink);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        var finals = sink.Events.Where(e => e.Kind == EmotionEventKind.Final).ToList();
        Assert.Equal(2, finals.Count);
        Assert.InRange(finals[0].AudioStart, 0.8, 1.8);
        Assert.InRange(finals[0].AudioEnd, 3, 4.3);
        Assert.InRange(finals[1].AudioStart, 5.8, 6.8);
        Assert.Equal([true, false, true, false], sink.Speech);
        Assert.Equal(Enumerable.Range(1, sink.Events.Count).Select(i => (long)i), sink.Events.Select(e => e.Sequence));
        Assert.Contains(sink.Events, e => e.Kind == EmotionEventKind.Interim);

        var counters = host.Counters;
        Assert.Equal(Speech.TwoUtterances().Length, counters.SamplesIn);
        Assert.Equal((2, 0, 0), (counters.Utterances, counters.WindowsSkipped, counters.WindowsLate));
        Assert.Equal(counters.WindowsCut, counters.WindowsClassified);
        Assert.Equal(sink.Events.Count, counters.Events);
    }

    [Fact]
    public async Task Two_runs_over_a_file_say_the_same()
    {
        var runs = new List<IEnumerable<object>>();
        for (var i = 0; i < 2; i++)
        {
            using var detector = new SileroDetector();
            var sink = new ListSink();
            var source = new ArraySource(Speech.TwoUtterances(silenceAtEnd: 10), isLive: false);
            await new PipelineHost(source, Model, detector, new PipelineOptions(), sink).RunAsync(CancellationToken.None);
            runs.Add(sink.Events.Select(e => (object)(e.Kind, e.AudioStart, e.AudioEnd, e.Emotion, e.Previous, e.Confidence)).ToList());
        }

        Assert.Equal(runs[0], runs[1]);
    }

    [Fact]
    public async Task What_is_usual_is_learnt_from_one_utterance_to_the_next_only_where_it_is_wanted()
    {
        using var model = EmotionModel.Load("light-sernet-home-int8");
        var (first, second) = await FinalsAsync(new PipelineOptions());
        Assert.All(first.Zip(second), pair => Assert.Equal(pair.First, pair.Second, 0.02));
        var (again, after) = await FinalsAsync(new PipelineOptions { Learns = true });
        Assert.Equal(first, again);
        Assert.False(model.Card.Unknown!.Hold(first), "what is unknown would not be learnt from");
        Assert.Contains(second.Zip(after), pair => Math.Abs(pair.First - pair.Second) > 0.02);

        async Task<(float[] First, float[] Second)> FinalsAsync(PipelineOptions options)
        {
            using var detector = new SileroDetector();
            var sink = new ListSink();
            var source = new ArraySource(Speech.TwoUtterances(), isLive: false);
            await new PipelineHost(source, model, detector, options, sink).RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
            var finals = sink.Events.Where(e => e.Kind == EmotionEventKind.Final).Select(e => e.Raw.Values.ToArray()).ToList();
            Assert.Equal(2, finals.Count);
            return (finals[0], finals[1]);
        }
    }

    [Fact]
    public async Task Silence_ends_in_none()
    {
        var sink = new ListSink();
        await Host(new ArraySource([.. Speech.Silence(1), .. GoldenSignal.Spoken, .. Speech.Silence(12)], isLive: false), sink)
            .RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        var last = sink.Events[^1];
        Assert.Equal((EmotionEventKind.Change, EmotionLabel.None, 0), (last.Kind, last.Emotion, last.Confidence));
        Assert.Equal(sink.Events[^2].Emotion, last.Previous);
        Assert.NotEqual(EmotionLabel.None, last.Previous);
        Assert.Null(last.Arousal);
        var scale = new ArousalScale(Model.Card);
        Assert.All(
            sink.Events.Where(e => e.Emotion != EmotionLabel.None),
            e => Assert.Equal(scale.Expectation(e.Probabilities.Values)!.Value, e.Arousal!.Value, 1e-6f));
    }

    [Fact]
    public async Task Silence_and_noise_say_nothing()
    {
        var random = new Random(3);
        float[] noise = [.. Enumerable.Range(0, 320_000).Select(i => i < 160_000 ? 0 : (float)(random.NextDouble() - 0.5) * 0.3f)];
        var sink = new ListSink();
        await Host(new ArraySource(noise, isLive: false), sink).RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Empty(sink.Events);
        Assert.Empty(sink.Speech);
    }

    [Fact]
    public async Task A_live_pipeline_accounts_for_every_window()
    {
        // The source is faster than the classifier, so windows are skipped and counted. The last one cannot be skipped for a
        // newer one, and the large latency budget keeps it from being late.
        var sink = new ListSink();
        var host = Host(
            new ArraySource(Speech.TwoUtterances(), isLive: true), sink, new PipelineOptions { LatencyBudgetSeconds = 60 });
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        var counters = host.Counters;
        Assert.Equal(
            counters.WindowsCut, counters.WindowsClassified + counters.WindowsSkipped + counters.WindowsLate);
        Assert.Equal(counters.Events, sink.Events.Count);
        Assert.Equal(EmotionEventKind.Final, sink.Events.Last(e => e.Kind != EmotionEventKind.Change).Kind);
        // Changes of the gate that follow too quickly are left out, but the last report is "not speaking".
        Assert.DoesNotContain(true, sink.Speech.TakeLast(1));
    }

    [Fact]
    public async Task Sliding_windows_are_judged_while_enough_of_them_is_speech()
    {
        var sink = new ListSink();
        var options = new PipelineOptions { Windows = WindowPolicy.Sliding, HopSeconds = 0.25, MinSpeechShare = 0.5 };
        var host = Host(new ArraySource(Speech.TwoUtterances(), isLive: false), sink, options);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        var windows = sink.Events.Where(e => e.Kind != EmotionEventKind.Change).ToList();
        Assert.All(windows, e => Assert.Equal(EmotionEventKind.Interim, e.Kind));
        Assert.InRange(windows.Count, 8, 30);
        Assert.All(windows, e => Assert.InRange(e.AudioEnd - e.AudioStart, 2, 3.001));
        // Half of a window of 3 s must be speech, so no window ends before 2.5 s or long after the speech.
        Assert.InRange(windows[0].AudioEnd, 2.4, 3.2);
        Assert.InRange(windows[^1].AudioEnd, 9, 11);
        Assert.Contains(sink.Events, e => e.Kind == EmotionEventKind.Change);
    }

    [Fact]
    public async Task A_source_that_is_filled_by_somebody_else_is_heard_and_the_caller_is_not_held_up()
    {
        using var source = new PushSource("phone", 48000, channels: 2, isLive: false);
        var sink = new ListSink();
        var running = Host(source, sink).RunAsync(CancellationToken.None);
        Assert.False(running.IsCompleted);
        foreach (var piece in Dsp.Resampling.Resampler.Resample(Speech.TwoUtterances(), 16000, 48000).Chunk(10_000))
        {
            float[] stereo = [.. piece.SelectMany(sample => new[] { sample, sample })];
            Assert.True(await source.WriteAsync(stereo));
        }

        source.Complete();
        await running.WaitAsync(WaitTimeout);
        Assert.Equal(2, sink.Events.Count(e => e.Kind == EmotionEventKind.Final));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Streams_wait_for_samples_on_threads_of_their_own_also_after_a_sink_made_them_wait(bool isLive)
    {
        // Sixteen at once, as plugins may have: on threads of the pool they would block all other work.
        var readers = new ConcurrentBag<bool>();
        var events = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            var source = new ArraySource(Speech.TwoUtterances(), isLive)
            {
                BeforeRead = (_, _) =>
                {
                    readers.Add(Thread.CurrentThread.IsThreadPoolThread);
                    return 0;
                },
            };
            var sink = new ListSink
            {
                OnEvent = async () =>
                {
                    Interlocked.Increment(ref events);
                    await Task.Yield();
                },
            };
            using var always = new AlwaysSpeechDetector();
            await new PipelineHost(source, Model, always, new PipelineOptions { DurationSeconds = 3 }, sink)
                .RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        }));
        Assert.NotEqual(0, events);
        Assert.DoesNotContain(true, readers);
    }

    [Fact]
    public async Task Samples_that_are_no_numbers_are_counted_and_neither_gate_norModel_hears_them()
    {
        var samples = Speech.TwoUtterances();
        samples.AsSpan(1000, 100).Fill(float.NaN);
        samples[60_000] = float.PositiveInfinity;
        var sink = new ListSink();
        var host = Host(new ArraySource(samples, isLive: false), sink);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        // Even one invalid sample would stay in the detector's state.
        Assert.Equal(2, sink.Events.Count(e => e.Kind == EmotionEventKind.Final));
        Assert.Equal((101, samples.Length), (host.Counters.SamplesInvalid, host.Counters.SamplesIn));
    }

    [Fact]
    public async Task Another_sample_rate_hears_the_same_utterances()
    {
        var sink = new ListSink();
        var samples = Dsp.Resampling.Resampler.Resample(Speech.TwoUtterances(), 16000, 44100);
        await Host(new ArraySource(samples, isLive: false) { SampleRate = 44100 }, sink)
            .RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Equal(2, sink.Events.Count(e => e.Kind == EmotionEventKind.Final));
    }

    [Fact]
    public void AModel_for_another_sample_rate_is_refused()
    {
        var package = ModelCatalog.Open(ModelCatalog.Default);
        var card = package.Card with { FrontEnd = package.Card.FrontEnd with { SampleRate = 22050, SegmentSeconds = 48000 / 22050.0 } };
        using var model = new EmotionModel(package with { Card = card });
        var error = Assert.Throws<ModelException>(() => new PipelineHost(
            new ArraySource([], isLive: false), model, Detector, new PipelineOptions(), new ListSink()));
        Assert.Equal(ModelError.NotStreamable, error.Error);
        Assert.Contains("22050 Hz", error.Message, StringComparison.Ordinal);
    }
}
