using System.Diagnostics;
using SernetStream.Audio;
using SernetStream.Dsp;
using SernetStream.Models;
using SernetStream.Pipeline.Classifier;
using SernetStream.Pipeline.Recordings;
using SernetStream.Pipeline.Rooms;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Pipeline.Tests.Rooms;
using SernetStream.Speech;
using SernetStream.Testing;

namespace SernetStream.Pipeline.Tests.Streaming;

/// <summary>A pipeline whose network streams: it hears each frame of an utterance, or of a stream, once.</summary>
public sealed class StreamingPipelineTests : IClassFixture<StepsModel>, IDisposable
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromMinutes(1);
    private static readonly PipelineOptions Options = new() { LatencyBudgetSeconds = 60 };

    private readonly EmotionModel _model;
    private readonly SileroDetector _detector = new();

    public StreamingPipelineTests(StepsModel steps) => _model = EmotionModel.Load(steps.Card);

    public void Dispose()
    {
        _model.Dispose();
        _detector.Dispose();
    }

    [Fact]
    public async Task An_utterance_is_judged_from_its_first_frame_to_its_last()
    {
        // Longer than a window has frames.
        float[] samples = [.. Speech.Silence(1), .. GoldenSignal.Spoken, .. GoldenSignal.Spoken, .. Speech.Silence(2)];
        var sink = new ListSink();
        await Host(new ArraySource([.. samples], isLive: false), sink).RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        var final = Assert.Single(sink.Events, e => e.Kind == EmotionEventKind.Final);
        Assert.InRange(final.AudioEnd - final.AudioStart, 5, 7);
        foreach (var answer in sink.Events.Where(e => e.Kind is EmotionEventKind.Final or EmotionEventKind.Interim))
        {
            Assert.Equal(final.AudioStart, answer.AudioStart);
            AssertEqual(Expected(samples, answer.AudioStart, answer.AudioEnd, answer.Kind == EmotionEventKind.Final), answer.Raw.Values);
        }

        Assert.InRange(sink.Events.Count(e => e.Kind == EmotionEventKind.Interim), 8, 16);
    }

    [Fact]
    public async Task Windows_that_another_took_the_place_of_change_no_final()
    {
        var samples = Speech.TwoUtterances();
        var all = new ListSink();
        await Host(new ArraySource([.. samples], isLive: false), all).RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        var some = new ListSink();
        var host = new PipelineHost(new ArraySource([.. samples], isLive: true), _model, _detector, Options, some)
        {
            BeforeClassification = () => Thread.Sleep(3),
        };
        _detector.Reset();
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.InRange(host.Counters.WindowsSkipped, 1, 100);

        // A final itself may have been skipped.
        foreach (var final in some.Events.Where(e => e.Kind == EmotionEventKind.Final))
        {
            var same = all.Events.Single(e => e.Kind == EmotionEventKind.Final && e.AudioStart == final.AudioStart);
            Assert.Equal(same.Raw.Values, final.Raw.Values);
        }
    }

    [Theory]
    [InlineData(WindowPolicy.Utterance, false)]
    [InlineData(WindowPolicy.Utterance, true)]
    [InlineData(WindowPolicy.Sliding, false)]
    public async Task Each_room_has_a_state_of_its_own(WindowPolicy windows, bool isLive)
    {
        var options = Options with { Windows = windows };
        float[][] streams = [Speech.TwoUtterances(), [.. GoldenSignal.Spoken, .. Speech.TwoUtterances()]];
        var alone = new List<string[]>();
        foreach (var samples in streams)
        {
            using var detector = new SileroDetector();
            var sink = new ListSink();
            await new PipelineHost(new ArraySource([.. samples], isLive: false), _model, detector, options, sink)
                .RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
            alone.Add(Said(sink));
            Assert.InRange(alone[^1].Length, 5, 100);
        }

        using var scheduler = new RoomScheduler(workers: 2);
        await Rehearsal.RunAsync(scheduler, _model, () => new SileroDetector(), CancellationToken.None).WaitAsync(WaitTimeout);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async room =>
        {
            using var detector = new SileroDetector();
            var sink = new ListSink();
            await new PipelineHost(new PolledArraySource([.. streams[room % 2]], isLive), _model, detector, options, sink)
                .RunAsync(scheduler, CancellationToken.None).WaitAsync(WaitTimeout);
            Assert.Equal(alone[room % 2], Said(sink));
        }));
    }

    [Fact]
    public async Task A_stream_without_utterances_is_heard_from_its_beginning()
    {
        float[] samples = [.. GoldenSignal.Spoken, .. GoldenSignal.Spoken, .. GoldenSignal.Spoken];
        var sink = new ListSink();
        var options = Options with { Windows = WindowPolicy.Sliding, MinSpeechShare = 0 };
        await new PipelineHost(new ArraySource([.. samples], isLive: false), _model, new AlwaysSpeechDetector(), options, sink)
            .RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        var frontEnd = _model.Card.FrontEnd;
        var share = Math.Exp(-StepsModel.Frames * (double)frontEnd.HopLength / frontEnd.SegmentLength);
        Assert.InRange(sink.Events.Count, 10, 30);
        foreach (var answer in sink.Events)
        {
            AssertEqual(Expected(samples, 0, answer.AudioEnd, isFinal: false, share), answer.Raw.Values);
        }
    }

    [Fact]
    public async Task What_was_heard_before_a_mute_is_forgotten()
    {
        const int Mute = 2 * 16000, Listen = 3 * 16000;
        float[] samples = [.. GoldenSignal.Spoken, .. GoldenSignal.Spoken, .. GoldenSignal.Spoken];
        var controls = new PipelineControls();
        var source = new ArraySource([.. samples], isLive: false)
        {
            BeforeRead = (position, _) =>
            {
                controls.Muted = position is >= Mute and < Listen;
                return 0;
            },
        };
        var sink = new ListSink();
        var options = Options with { Windows = WindowPolicy.Sliding, MinSpeechShare = 0 };
        await new PipelineHost(source, _model, new AlwaysSpeechDetector(), options, sink, controls: controls)
            .RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        // It began anew somewhere before the end of the mute, where there is nothing but silence now.
        // (A block of samples is muted if it was so when it was asked for.)
        samples.AsSpan(..(Listen + 320)).Clear();
        var frontEnd = _model.Card.FrontEnd;
        var share = Math.Exp(-StepsModel.Frames * (double)frontEnd.HopLength / frontEnd.SegmentLength);
        var last = sink.Events[^1];
        Assert.Contains(Enumerable.Range(0, Listen / frontEnd.HopLength), begin =>
            Expected(samples, begin * frontEnd.HopLength / 16000.0, last.AudioEnd, isFinal: false, share)
                .Zip(last.Raw.Values.ToArray()).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4));
    }

    [Fact]
    public void A_hop_allocates_nothing_from_samples_to_classification()
    {
        var counters = new PipelineCounters();
        using var sink = new ClassifyingSink(_model, counters);
        var stage = new FrontEndStage(
            _model.Card.FrontEnd, new PipelineOptions(), _detector, 16000, sink, counters, step: _model.Card.Streaming!.Frames);
        var samples = Speech.TwoUtterances();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var position = 0; position < samples.Length; position += 480)
            {
                var part = samples.AsSpan(position, Math.Min(480, samples.Length - position));
                stage.Accept(part, new AudioBlock(part.Length, Stopwatch.GetTimestamp(), 0));
            }
        }));
        Assert.InRange(counters.WindowsClassified, 10, long.MaxValue);
    }

    [Fact]
    public void A_recording_is_heard_as_a_stream_is()
    {
        using var listener = new RecordingListener(_model, learns: false);
        float[] samples = [.. Speech.Silence(1), .. GoldenSignal.Spoken, .. GoldenSignal.Spoken, .. Speech.Silence(2)];
        for (var turn = 0; turn < 2; turn++)
        {
            var heard = new List<HeardUtterance>();
            listener.Listen(new ArraySource([.. samples], isLive: false), _detector, heard.Add, CancellationToken.None);
            var utterance = Assert.Single(heard);
            AssertEqual(Expected(samples, utterance.Start, utterance.End, isFinal: true), utterance.Probabilities);
        }
    }

    private PipelineHost Host(IAudioSource source, IEventSink sink) => new(source, _model, _detector, Options, sink);

    private static string[] Said(ListSink sink) =>
        [.. sink.Events.Select(e => $"{e.Kind} {e.AudioStart} {e.AudioEnd} {e.Emotion} {string.Join(' ', e.Raw.Values.ToArray())}")];

    /// <summary>What the model says of a piece of a stream, if it hears all its frames in order.</summary>
    private float[] Expected(float[] samples, double start, double end, bool isFinal, double share = 1)
    {
        var options = _model.Card.FrontEnd;
        var frontEnd = new StreamingFrontEnd(options, samples.Length);
        frontEnd.Write([.. samples]);
        var first = (int)Math.Round(start * 16000) / options.HopLength;
        var frames = (((int)Math.Round(end * 16000) - options.FrameLength) / options.HopLength) + 1 - first;
        frames = (isFinal ? frames + StepsModel.Frames - 1 : Math.Max(frames, StepsModel.Frames)) / StepsModel.Frames * StepsModel.Frames;
        var rows = new float[frames * StepsModel.Width];
        frontEnd.CopyFrames(first, rows);
        return StepsModel.Answer(rows, share);
    }

    private static void AssertEqual(float[] expected, ReadOnlySpan<float> answer) =>
        Assert.All(expected.Zip(answer.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));

    private sealed class ClassifyingSink : IFrontEndSink, IDisposable
    {
        private readonly Classification _classification;
        private readonly ClassifierStage _classifier;
        private readonly FeatureWindow _window;

        public ClassifyingSink(EmotionModel model, PipelineCounters counters)
        {
            _classification = new(model.Card.Labels.Count);
            _classifier = new(model, learns: false, counters);
            _window = _classifier.CreateWindow();
        }

        public FeatureWindow RentWindow() => _window;

        public void Window(FeatureWindow window)
        {
            _classifier.Classify(window, _classification);
            window.Erase();
        }

        public bool Progress(SpeechProgress progress) => true;

        public void Dispose() => _classifier.Dispose();
    }
}
