using System.Diagnostics;
using SernetStream.Audio;
using SernetStream.Dsp;
using SernetStream.Models;
using SernetStream.Native;
using SernetStream.Pipeline.Ingest;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests;

/// <summary>The clock counts muted time to the sample. No sound from before or during a mute is heard after it.</summary>
public class MuteTests
{
    private static readonly FrontEndOptions FrontEnd = FrontEndOptions.LightSernet with { SegmentSeconds = 1 };

    public static TheoryData<int> Rates => [8000, 8001, 11025, 16000, 22050, 44100, 48000, 96000];

    [Theory]
    [MemberData(nameof(Rates))]
    public void A_thousand_mutes_lose_not_one_sample(int rate)
    {
        var (muting, hearing) = (new Listener(rate), new Listener(rate));
        var random = new Random(rate);
        var lengths = Enumerable.Range(0, 2001).Select(i => random.Next(1, i % 200 == 1 ? 4 * rate : rate / 20)).ToList();
        for (var i = 0; i < lengths.Count; i++)
        {
            var samples = new float[lengths[i]];
            muting.Hear(samples, isMuted: i % 2 == 1);
            hearing.Hear(samples, isMuted: false);
        }

        muting.Stage.Complete();
        hearing.Stage.Complete();
        Assert.Equal(hearing.Stage.Position, muting.Stage.Position);
        Assert.InRange(muting.Stage.Position - (lengths.Sum(l => (long)l) * 16000 / rate), -1024, 0);
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void Gaps_of_any_length_lose_none_either(int rate)
    {
        var (losing, hearing) = (new Listener(rate), new Listener(rate));
        var random = new Random(rate);
        for (var i = 0; i < 200; i++)
        {
            var (heard, lost) = (random.Next(1, rate / 10), random.Next(1, i % 20 == 1 ? 20 * rate : rate / 10));
            losing.Hear(new float[heard], isMuted: false, lost);
            hearing.Hear(new float[lost], isMuted: false);
            hearing.Hear(new float[heard], isMuted: false);
        }

        losing.Stage.Complete();
        hearing.Stage.Complete();
        Assert.Equal(hearing.Stage.Position, losing.Stage.Position);
    }

    [Fact]
    public void A_gap_that_is_told_bit_by_bit_counts_once()
    {
        var listener = new Listener(16000);
        listener.Hear(new float[320], isMuted: false);
        for (var i = 0; i < 3; i++)
        {
            listener.Hear([], isMuted: false, lostBefore: 1000);
        }

        listener.Hear(new float[320], isMuted: false, lostBefore: 500);
        Assert.Equal((3500, 1), (listener.Counters.SamplesLost, listener.Counters.Gaps));
        listener.Hear(new float[320], isMuted: false, lostBefore: 500);
        Assert.Equal((4000, 2), (listener.Counters.SamplesLost, listener.Counters.Gaps));
    }

    [Fact]
    public void Short_gaps_with_speech_between_them_are_pauses_however_many()
    {
        var listener = new Listener(16000);
        listener.Hear(Noise(16000), isMuted: false);
        for (var i = 0; i < 5; i++)
        {
            listener.Hear(Noise(16000), isMuted: false, lostBefore: 16000 * 4 / 10);
        }

        listener.Stage.Complete();
        Assert.Equal(1, listener.Counters.Utterances);
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void After_a_mute_all_is_as_if_there_had_been_silence_before_to_the_bit(int rate)
    {
        // Not a whole number of steps, so some samples are still buffered or in the resampler at the mute.
        var before = Noise((rate * 2) + 77);
        var after = Noise(rate * 2);
        var (spoken, silent) = (new Listener(rate), new Listener(rate));
        spoken.Hear(before, isMuted: false);
        silent.Hear(new float[before.Length], isMuted: false);
        foreach (var listener in (Listener[])[spoken, silent])
        {
            listener.Hear(new float[(rate / 7) + 3], isMuted: true);
            listener.Steps.Clear();
            listener.Windows.Clear();
            listener.Hear(after, isMuted: false);
            listener.Stage.Complete();
        }

        Assert.NotEmpty(silent.Windows);
        Assert.Equal(silent.Steps.SelectMany(step => step), spoken.Steps.SelectMany(step => step));
        Assert.Equal(silent.Windows.SelectMany(window => window), spoken.Windows.SelectMany(window => window));
    }

    [Fact]
    public void Speech_that_was_about_to_open_the_gate_does_not_count_after_a_mute()
    {
        var options = new PipelineOptions { Gate = new SpeechGateOptions { MinSpeechSeconds = 0.32, PadSeconds = 0 } };
        var listener = new Listener(16000, options);
        listener.Hear(Noise(9 * 512), isMuted: false);
        listener.Hear(new float[1], isMuted: true);
        listener.Hear(Noise(9 * 512), isMuted: false);
        listener.Stage.Complete();
        Assert.Equal(0, listener.Counters.Utterances);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_source_is_told_to_overwrite_what_it_keeps_of_what_nobody_may_hear(bool isMuted)
    {
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var speech = new AlwaysSpeechDetector();
        var source = new ArraySource(new float[3200], isLive: false);
        var controls = new PipelineControls { Muted = isMuted };
        var host = new PipelineHost(source, model, speech, new PipelineOptions(), new ListSink(), controls: controls);
        using var reader = new BlockReader(host.Parts, host.Parts.CreateFrontEnd(new Listener(16000)));
        using var hold = isMuted ? null : controls.Hold();
        Assert.True(reader.TryStep(CancellationToken.None));
        Assert.Equal(1, source.Silences);
        hold?.Dispose();
        controls.Muted = false;
        Assert.True(reader.TryStep(CancellationToken.None));
        Assert.Equal(1, source.Silences);
    }

    [Fact]
    public async Task A_result_from_before_a_mute_is_no_event_and_is_counted()
    {
        using var model = EmotionModel.Load(ModelCatalog.Default);
        using var speech = new AlwaysSpeechDetector();
        var sink = new ListSink();
        var host = new PipelineHost(new ArraySource([], isLive: false), model, speech, new PipelineOptions(), sink);
        ValueTask JudgedAsync(long decidedAt)
        {
            var result = new Classification(model.Card.Labels.Count) { Span = new(0, 16_000, IsFinal: true, decidedAt, Stopwatch.GetTimestamp()) };
            result.Probabilities[0] = 1;
            return host.Parts.Smoother.AcceptAsync(new SmootherInput(result, default));
        }

        await host.Parts.Smoother.AcceptAsync(new SmootherInput(null, new SpeechProgress(32_000, Speaking: false, Muted: true, 0)));
        await JudgedAsync(31_999);
        await JudgedAsync(32_000);
        Assert.Empty(sink.Events);
        Assert.Equal(2, host.Counters.ResultsMuted);

        await JudgedAsync(32_001);
        Assert.NotEmpty(sink.Events);
        Assert.Equal(2, host.Counters.ResultsMuted);
    }

    private static float[] Noise(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    /// <summary>A front end whose detector takes every non-zero sample for speech. It records what the front end reports.</summary>
    private sealed class Listener : IFrontEndSink, ISpeechDetector
    {
        private readonly FeatureWindow _window = new(new AlignedBuffer<float>(FrontEnd.FeatureCount));
        private readonly int _rate;
        private long _fed;

        public Listener(int rate, PipelineOptions? options = null)
        {
            _rate = rate;
            Stage = new FrontEndStage(FrontEnd, options ?? new PipelineOptions(), this, rate, this, Counters);
        }

        public PipelineCounters Counters { get; } = new();

        public FrontEndStage Stage { get; }

        public List<float[]> Steps { get; } = [];

        public List<float[]> Windows { get; } = [];

        public void Hear(float[] samples, bool isMuted, long lostBefore = 0)
        {
            _fed += samples.Length + lostBefore;
            var at = (long)((Int128)_fed * Stopwatch.Frequency / _rate);
            Stage.Accept(samples, new AudioBlock(samples.Length, at, lostBefore), isMuted);
        }

        public float Probability(ReadOnlySpan<float> step)
        {
            Steps.Add(step.ToArray());
            return step.IndexOfAnyExcept(0f) < 0 ? 0 : 1;
        }

        public void Reset()
        {
        }

        public FeatureWindow RentWindow() => _window;

        public void Window(FeatureWindow window) => Windows.Add(window.Features.ToArray());

        public bool Progress(SpeechProgress progress) => true;

        public void Dispose()
        {
        }
    }
}
