using SernetStream.Audio.Streams;
using SernetStream.Models;
using SernetStream.Pipeline.Ingest;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests;

public sealed class PipelineControlsTests : IDisposable
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Block = TimeSpan.FromMilliseconds(20);
    private readonly EmotionModel _model = EmotionModel.Load(ModelCatalog.Default);
    private readonly SileroDetector _detector = new();

    public void Dispose()
    {
        _model.Dispose();
        _detector.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Muted_samples_say_nothing_and_the_clock_goes_on(bool isLive)
    {
        var sink = new ListSink();
        var controls = new PipelineControls { Muted = true };
        // The first utterance (1 s to 4 s) is muted, the second (6 s to 9 s) is not.
        var source = new ArraySource(Speech.TwoUtterances(), isLive)
        {
            BeforeRead = (position, _) =>
            {
                controls.Muted = position < 80_000;
                return 0;
            },
        };
        var host = Host(source, sink, controls: controls);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        var final = Assert.Single(sink.Events, e => e.Kind == EmotionEventKind.Final);
        Assert.InRange(final.AudioStart, 5.8, 6.8);
        Assert.Equal(1, host.Counters.Utterances);
        Assert.InRange(host.Counters.SamplesMuted, 79_000, 81_000);
        Assert.Equal(Speech.TwoUtterances().Length, host.Counters.SamplesIn);
        Assert.Empty(host.Counters.Imbalances());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Muting_gives_up_the_utterance_and_the_mood_is_none_at_once(bool isLive)
    {
        using var silent = new ManualResetEventSlim();
        var sink = new ListSink { OnSpeech = speaking => { if (!speaking) { silent.Set(); } } };
        PipelineHost? host = null;
        var source = new ArraySource(Speech.TwoUtterances(), isLive)
        {
            // From the middle of the second utterance on, read at the pace of a microphone until the silence is reported.
            BeforeRead = (position, stop) =>
            {
                if (position <= 120_000)
                {
                    silent.Reset();
                }
                else
                {
                    host!.Controls.Muted = true;
                    silent.Wait(isLive ? Block : TimeSpan.Zero, stop);
                }

                return 0;
            },
        };
        host = Host(source, sink);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        var last = sink.Events[^1];
        Assert.Equal((EmotionEventKind.Change, EmotionLabel.None, 0f), (last.Kind, last.Emotion, last.Confidence));
        Assert.InRange(last.AudioEnd, 7.4, isLive ? 11.1 : 7.7);
        Assert.DoesNotContain(sink.Events, e => e.Kind == EmotionEventKind.Final && e.AudioStart > 5);
        Assert.False(sink.Speech[^1]);
        Assert.Empty(host.Counters.Imbalances());
    }

    [Fact]
    public async Task Turning_the_switch_wakes_the_reader_and_what_it_waited_with_is_discarded()
    {
        // Too few samples for the gate, and no more will come.
        using var source = new PushSource("push", 16000);
        var controls = new PipelineControls();
        var host = new PipelineHost(source, _model, _detector, new PipelineOptions(), new ListSink(), controls: controls);
        using var reader = new BlockReader(host.Parts, host.Parts.CreateFrontEnd(new NoSink()));
        source.Write(new float[1000]);
        var reading = Task.Run(() => reader.TryStep(CancellationToken.None));
        controls.Muted = true;
        Assert.True(await reading.WaitAsync(WaitTimeout));
        Assert.Equal((1000, 1000), (host.Counters.SamplesIn, host.Counters.SamplesMuted));
    }

    [Fact]
    public async Task What_came_while_it_was_muted_for_a_moment_is_discarded()
    {
        var controls = new PipelineControls();
        var source = new ArraySource(Speech.TwoUtterances(), isLive: false)
        {
            BeforeRead = (position, _) =>
            {
                if (position == 32_000)
                {
                    controls.Muted = true;
                    controls.Muted = false;
                }

                return 0;
            },
        };
        var host = Host(source, new ListSink(), controls: controls);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Equal(320, host.Counters.SamplesMuted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_held_source_is_a_quiet_room_and_the_mood_stays(bool isLive)
    {
        var sink = new ListSink();
        var controls = new PipelineControls();
        var holds = new Stack<IDisposable>();
        // Two holds from 5 s on mute the second utterance. Releasing one of them twice counts once.
        var source = new ArraySource(Speech.TwoUtterances(), isLive)
        {
            BeforeRead = (position, _) =>
            {
                while (position > 80_000 && holds.Count < 3)
                {
                    holds.Push(controls.Hold());
                    if (holds.Count == 3)
                    {
                        holds.Peek().Dispose();
                        holds.Peek().Dispose();
                    }
                }

                return 0;
            },
        };
        var host = Host(source, sink, controls: controls);
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);

        Assert.Equal(1, host.Counters.Utterances);
        Assert.Single(sink.Events, e => e.Kind == EmotionEventKind.Final);
        Assert.NotEqual(EmotionLabel.None, sink.Events[^1].Emotion);
        Assert.Equal(0, host.Counters.SamplesMuted);
        Assert.Empty(host.Counters.Imbalances());
        Assert.True(controls.IsHeld);
        holds.Pop();
        holds.Pop().Dispose();
        holds.Pop().Dispose();
        Assert.False(controls.IsHeld);
    }

    [Fact]
    public async Task What_was_on_its_way_when_the_switch_was_turned_is_not_said()
    {
        // The model waits until the pipeline is muted, so its result is older than the mute but comes after it.
        using var muted = new ManualResetEventSlim();
        var sink = new ListSink { OnSpeech = speaking => { if (!speaking) { muted.Set(); } } };
        PipelineHost? host = null;
        var source = new ArraySource(Speech.TwoUtterances(), isLive: true)
        {
            BeforeRead = (_, stop) =>
            {
                if (host!.Counters.WindowsCut > 0)
                {
                    host.Controls.Muted = true;
                    muted.Wait(Block, stop);
                }

                return 0;
            },
        };
        host = new PipelineHost(source, _model, _detector, new PipelineOptions { LatencyBudgetSeconds = 60 }, sink)
        {
            BeforeClassification = () => Assert.True(muted.Wait(WaitTimeout)),
        };
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.Empty(sink.Events);
        Assert.Equal(1, host.Counters.ResultsMuted);
        Assert.Empty(host.Counters.Imbalances());
    }

    [Fact]
    public async Task A_threshold_that_is_raised_while_it_runs_holds_from_then_on()
    {
        var sink = new ListSink();
        PipelineHost? host = null;
        var source = new ArraySource(Speech.TwoUtterances(), isLive: false)
        {
            BeforeRead = (position, _) =>
            {
                if (position == 80_000)
                {
                    host!.Controls.Smoother = host.Controls.Smoother with { Enter = 1, Leave = 1, HalfLifeSeconds = 0, DwellSeconds = 0 };
                }

                return 0;
            },
        };
        host = Host(source, sink, new PipelineOptions { Smoother = new SmootherOptions { Enter = 0.2f, Leave = 0, MaxEntropy = 1 } });
        await host.RunAsync(CancellationToken.None).WaitAsync(WaitTimeout);
        Assert.NotEqual(EmotionLabel.Unknown, sink.Events.First(e => e.Kind == EmotionEventKind.Final).Emotion);
        Assert.Equal(EmotionLabel.Unknown, sink.Events.Last(e => e.Kind == EmotionEventKind.Final).Emotion);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused_and_those_before_stay()
    {
        var controls = new PipelineControls();
        var changes = 0;
        controls.Changed += () => changes++;
        var before = controls.Smoother;
        Assert.Throws<ArgumentException>(() => controls.Smoother = before with { Enter = 2 });
        Assert.Equal((before, 0), (controls.Smoother, changes));
        controls.Smoother = before with { Enter = 0.6f };
        controls.Muted = true;
        Assert.Equal(2, changes);
    }

    private sealed class NoSink : IFrontEndSink
    {
        public FeatureWindow RentWindow() => throw new InvalidOperationException("There is nothing to say.");

        public void Window(FeatureWindow window)
        {
        }

        public bool Progress(SpeechProgress progress) => true;
    }

    private PipelineHost Host(ArraySource source, ListSink sink, PipelineOptions? options = null, PipelineControls? controls = null) =>
        new(source, _model, _detector, options ?? new PipelineOptions { LatencyBudgetSeconds = 60 }, sink, controls: controls);
}
