using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using SernetStream.Audio;
using SernetStream.Dsp;
using SernetStream.Native;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests.Segmentation;

/// <summary>
/// Deferral changes nothing. A front end without an observer reports the same as one with an observer, which judges
/// each step when it comes, and no window is later.
/// </summary>
[Trait("Category", "slow")]
public class DeferredVadTests
{
    private const int Step = ISpeechDetector.StepLength;
    private static readonly FrontEndOptions FrontEnd = FrontEndOptions.LightSernet with { SegmentSeconds = 1 };

    /// <summary>An event of a stream.</summary>
    /// <param name="Kind">Its kind.</param>
    /// <param name="Amount">Samples of the source.</param>
    /// <param name="Level">The probability of speech in them, in hundredths.</param>
    private sealed record Happening(Kind Kind, int Amount, int Level);

    private enum Kind
    {
        Samples,
        Gap,
        Mute,
    }

    private sealed record Stream(PipelineOptions Options, int SampleRate, Happening[] Happenings);

    [Fact]
    public void What_is_said_is_the_same_to_the_last_tick_and_windows_come_with_the_same_samples() =>
        Prop.ForAll(Streams().ToArbitrary(), stream =>
        {
            using var eager = new Listener(stream, isWatched: true);
            using var lazy = new Listener(stream, isWatched: false);
            foreach (var listener in (Listener[])[eager, lazy])
            {
                listener.Play(stream.Happenings);
            }

            Assert.Equal(eager.Said.Select(said => said.What), lazy.Said.Select(said => said.What));
            Assert.Equal(eager.Windows, lazy.Windows);
            Assert.Equal(eager.Probabilities, lazy.Probabilities);

            // Progress may be late by half a second and by the length of one piece of samples or gap.
            var late = eager.Said.Zip(lazy.Said, (a, b) => (double)(b.Fed - a.Fed) / stream.SampleRate);
            Assert.All(late, seconds => Assert.InRange(seconds, 0, 0.512 + 1.6));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void With_a_first_opinion_what_is_said_is_the_same_too() =>
        Prop.ForAll(Streams().ToArbitrary(), stream =>
        {
            using var eager = new Listener(stream, isWatched: true, new Loudness());
            using var lazy = new Listener(stream, isWatched: false, new Loudness());
            eager.Play(stream.Happenings);
            lazy.Play(stream.Happenings);
            Assert.Equal(eager.Said.Select(said => said.What), lazy.Said.Select(said => said.What));
            Assert.Equal(eager.Probabilities, lazy.Probabilities);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_reader_that_waits_for_what_is_wanted_gets_each_window_with_the_very_sample_that_makes_it_due() =>
        Prop.ForAll(Streams().ToArbitrary(), stream =>
        {
            // One gets each sample by itself, the other as many as it wants.
            var samples = stream.Happenings.Where(h => h.Kind == Kind.Samples).SelectMany(Samples).Take(3 * stream.SampleRate / 2).ToArray();
            using var eager = new Listener(stream, isWatched: true);
            using var lazy = new Listener(stream, isWatched: false);
            for (var position = 0; position < samples.Length; position++)
            {
                eager.Feed(samples.AsSpan(position, 1));
            }

            for (var position = 0; position < samples.Length;)
            {
                var wanted = lazy.Wanted;
                Assert.InRange(wanted, 1, lazy.MaxWanted);
                var count = Math.Min(wanted, samples.Length - position);
                lazy.Feed(samples.AsSpan(position, count));
                position += count;
            }

            Assert.Equal(eager.Windows, lazy.Windows);

            // Deferred steps are not reported yet. Times within a piece are rounded differently from those of single samples.
            var said = lazy.Said.Select(Rounded).ToList();
            Assert.Equal(eager.Said.Select(Rounded).Take(said.Count), said);
            Assert.InRange(eager.Said.Count - said.Count, 0, 2);

            static object Rounded(((WindowSpan Window, double Features, SpeechProgress Progress) What, long Fed) said) =>
                said.What with { Progress = said.What.Progress with { CapturedAt = 0 } };
        }).QuickCheckThrowOnFailure();

    [Theory]
    // In silence every eighth step is judged (the shortest speech); in speech every sixteenth (the hop).
    [InlineData(0, 8, 8.1)]
    [InlineData(100, 12, 16.1)]
    public void Most_steps_wait_for_others(int level, double fewest, double most)
    {
        var stream = new Stream(new PipelineOptions(), 16000, []);
        using var listener = new Listener(stream, isWatched: false);
        listener.Feed(Samples(new Happening(Kind.Samples, 16 * Step, level)));
        var (steps, batches) = (listener.Probabilities.Count, 0);
        for (; listener.Probabilities.Count < steps + 400; batches++)
        {
            listener.Feed(Samples(new Happening(Kind.Samples, listener.Wanted, level)));
        }

        Assert.InRange((double)(listener.Probabilities.Count - steps) / batches, fewest, most);
    }

    private static float[] Samples(Happening happening)
    {
        // The test's detector uses loudness as the probability of speech. A sine passes the resampler unchanged.
        var samples = new float[happening.Amount];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = 0.01f * happening.Level * (float)Math.Sin(0.11 * i);
        }

        return samples;
    }

    private static Gen<Stream> Streams() =>
        from options in Options()
        from rate in Gen.Elements(16000, 16000, 8000, 44100, 48000)
        from happenings in Happenings(rate).ListOf(40)
        select new Stream(options, rate, [.. happenings]);

    private static Gen<Happening> Happenings(int rate) =>
        from kind in Gen.Frequency(
            (20, Gen.Constant(Kind.Samples)), (1, Gen.Constant(Kind.Gap)), (1, Gen.Constant(Kind.Mute)))
        from hundredths in Gen.Choose(1, kind == Kind.Gap ? 150 : 60)
        from odd in Gen.Choose(0, 300)
        from level in Gen.Elements(0, 0, 30, 42, 60, 100)
        select new Happening(kind, (hundredths * rate / 100) + odd, level);

    private static Gen<PipelineOptions> Options() =>
        from hop in Gen.Elements(0.032, 0.05, 0.128, 0.512, 1.3)
        from policy in Gen.Elements(WindowPolicy.Utterance, WindowPolicy.Utterance, WindowPolicy.Sliding)
        from minSpeech in Gen.Elements(0, 0.032, 0.16, 0.5)
        from minSilence in Gen.Elements(0.032, 0.2, 0.7)
        from pad in Gen.Elements(0, 0.128, 1)
        from longest in Gen.Elements(1.0, 2, 15)
        select new PipelineOptions
        {
            HopSeconds = hop,
            Windows = policy,
            Gate = new SpeechGateOptions
            {
                MinSpeechSeconds = minSpeech,
                MinSilenceSeconds = minSilence,
                PadSeconds = pad,
                MaxUtteranceSeconds = longest,
            },
        };

    /// <summary>Hears what is loud.</summary>
    private sealed class Loudness : IFirstOpinion
    {
        public bool MaySpeak(ReadOnlySpan<float> step)
        {
            var sum = 0f;
            foreach (var sample in step)
            {
                sum += Math.Abs(sample);
            }

            return sum > 50;
        }

        public void Reset()
        {
        }
    }

    /// <summary>A front end and its detector. It records the samples fed and the reports.</summary>
    private sealed class Listener : IFrontEndSink, ISpeechDetector, IPipelineObserver
    {
        private readonly FrontEndStage _stage;
        private readonly FeatureWindow _window = new(new AlignedBuffer<float>(FrontEnd.FeatureCount));
        private readonly int _sampleRate;
        private bool _isMuted;
        private long _fed;
        private int _reports;

        public Listener(Stream stream, bool isWatched, IFirstOpinion? first = null)
        {
            (IsWatched, First) = (isWatched, first);
            _sampleRate = stream.SampleRate;
            _stage = new FrontEndStage(FrontEnd, stream.Options, this, stream.SampleRate, this, new PipelineCounters(), this);
        }

        public bool IsWatched { get; }

        public IFirstOpinion? First { get; }

        public int Wanted => _stage.SamplesWanted;

        public int MaxWanted => _stage.MaxSamplesWanted;

        /// <summary>All reports in order, with the samples fed so far; features as their sum.</summary>
        public List<((WindowSpan Window, double Features, SpeechProgress Progress) What, long Fed)> Said { get; } = [];

        public List<(WindowSpan Window, long Fed)> Windows { get; } = [];

        public List<float> Probabilities { get; } = [];

        public void Play(Happening[] happenings)
        {
            foreach (var happening in happenings)
            {
                switch (happening.Kind)
                {
                    case Kind.Gap:
                        Accept([], happening.Amount);
                        break;
                    case Kind.Mute:
                        _isMuted = !_isMuted;
                        break;
                    default:
                        Feed(Samples(happening));
                        break;
                }
            }

            _stage.Complete();
        }

        public void Feed(Span<float> samples) => Accept(_isMuted ? new float[samples.Length] : samples, 0);

        public FeatureWindow RentWindow() => _window;

        public void Window(FeatureWindow window)
        {
            Said.Add(((window.Span, window.Features.ToArray().Sum(), default), _fed));
            Windows.Add((window.Span, _fed));
        }

        public bool Progress(SpeechProgress progress)
        {
            Said.Add(((default, 0, progress), _fed));

            // Every seventh time the smoother has no room.
            return ++_reports % 7 != 0;
        }

        public float Probability(ReadOnlySpan<float> step)
        {
            var loudest = 0f;
            foreach (var sample in step)
            {
                loudest = Math.Max(loudest, Math.Abs(sample));
            }

            Probabilities.Add(loudest);
            return loudest;
        }

        public void Reset() => Probabilities.Add(-1);

        public void Frame(ReadOnlySpan<float> energies)
        {
        }

        void IPipelineObserver.Step(ReadOnlySpan<float> samples, float speechProbability, bool isSpeaking)
        {
        }

        public void Silence()
        {
        }

        public void Dispose()
        {
        }

        private void Accept(Span<float> samples, long lost)
        {
            _fed += lost + samples.Length;
            var at = (long)((Int128)_fed * Stopwatch.Frequency / _sampleRate);
            _stage.Accept(samples, new AudioBlock(samples.Length, at, lost), _isMuted);
        }
    }
}
