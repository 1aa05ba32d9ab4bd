using System.Diagnostics;
using SernetStream.Dsp;
using SernetStream.Pipeline.Echo;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests.Segmentation;

/// <summary>When a detector with a first opinion is asked, and that it then says what it would have said.</summary>
public class SpeechJudgeTests
{
    private const int Step = ISpeechDetector.StepLength;
    private const int Begin = SpeechJudge.FirstSteps;

    [Fact]
    public void While_the_first_opinion_hears_nothing_the_detector_is_asked_at_the_begin_alone()
    {
        var asked = new Asked();
        Judge(asked, Steps((200, false)));
        Assert.Equal(Enumerable.Range(0, Begin), asked.Steps);
    }

    [Fact]
    public void A_detector_without_a_first_opinion_is_asked_about_each_step()
    {
        var asked = new Asked { First = null };
        Judge(asked, Steps((200, false)));
        Assert.Equal(Enumerable.Range(0, 200), asked.Steps);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(SpeechJudge.ContextSteps)]
    [InlineData(250)]
    public void When_the_first_opinion_hears_something_the_detector_hears_first_what_it_has_missed(int rest)
    {
        var asked = new Asked();
        var earlier = Judge(asked, Steps((Begin + rest, false), (8, true)));
        var heard = asked.Steps[Begin..];
        var first = Begin + Math.Max(0, rest - SpeechJudge.ContextSteps);
        Assert.Equal(Enumerable.Range(first, Begin + rest + 8 - first), heard);
        Assert.Equal(Math.Min(rest, SpeechJudge.ContextSteps), earlier);
        Assert.Equal(0, asked.Resets);
    }

    [Fact]
    public void It_is_asked_for_half_a_second_more_and_goes_on_where_it_was_after_a_short_rest()
    {
        var asked = new Asked();
        Judge(asked, Steps((Begin, false), (8, true), (60, false)));
        Assert.Equal(Enumerable.Range(0, Begin + 8 + SpeechJudge.HeldSteps - 1), asked.Steps);
    }

    [Fact]
    public void After_a_break_it_hears_nothing_from_before_and_is_asked_at_the_begin_again()
    {
        var asked = new Asked();
        var stream = Make(asked);
        Run(stream, Steps((Begin + 60, false)));
        stream.Judge.Restart();
        Run(stream, Steps((Begin + 60, false)));
        Assert.Equal([.. Enumerable.Range(0, Begin), .. Enumerable.Range(0, Begin)], asked.Steps);
        Assert.Equal(1, asked.Resets);
    }

    [Fact]
    public void What_the_speakers_played_is_no_speech_either_where_the_detector_hears_it_late()
    {
        const int Rest = 20;
        const int Played = 10;
        var asked = new Asked();
        var track = new MonitorTrack();
        var stream = Make(asked, new EchoJudge(track, waits: false));
        Run(stream, Steps((Begin + Rest, false)));
        for (var i = 0; i < Played + 20; i++)
        {
            var sound = Enumerable.Range(0, Step).Select(n => (float)Math.Sin(0.3 * n)).ToArray();
            track.Write(sound, stream.TimeOf((Begin + Rest + i + 1) * Step));
        }

        Run(stream, Steps((Played, false)));
        asked.Answer = 0.9f;
        Run(stream, Steps((1, true)), _ =>
        {
            Assert.Equal([.. Enumerable.Repeat(0.9f, Rest), .. new float[Played]], stream.Judge.Earlier(0).ToArray());
            Assert.Equal(0, stream.Judge.Probability(0));
        });
    }

    [Fact]
    public void Silero_says_of_speech_what_it_would_say_if_it_were_asked_all_the_time()
    {
        using var alone = new SileroDetector();
        using var cascade = new SileroDetector { First = new MelDetector() };
        float[] samples = [.. Speech.TwoUtterances(), .. new float[10 * FrontEndStage.SampleRate], .. Speech.TwoUtterances()];
        var (position, resting, longest, speech) = (0, 0, 0, 0);
        var differences = new List<double>();
        Run(Make(cascade), samples, probability =>
        {
            var expected = alone.Probability(samples.AsSpan(position, Step));
            position += Step;
            speech += expected >= 0.35f ? 1 : 0;
            resting = probability == 0 ? resting + 1 : 0;
            longest = Math.Max(longest, resting);
            if (resting > 0)
            {
                Assert.InRange(expected, 0, 0.35);
            }
            else if (longest <= SpeechJudge.ContextSteps)
            {
                Assert.Equal(expected, probability);
            }
            else
            {
                differences.Add(Math.Abs(expected - probability));
            }
        });
        Assert.InRange(differences.Average(), 0, 0.02);
        Assert.InRange(speech, 100, int.MaxValue);
        Assert.InRange(longest, 200, int.MaxValue);
    }

    private static int Judge(ISpeechDetector detector, float[] samples) => Run(Make(detector), samples);

    private static Stream Make(ISpeechDetector detector, EchoJudge? echo = null)
    {
        var stream = new StreamingFrontEnd(FrontEndOptions.LightSernet, SpeechJudge.History);
        return new Stream(new SpeechJudge(detector, stream, echo), stream, new DeferredVad(FrontEndStage.SampleRate));
    }

    /// <returns>How many steps were judged late.</returns>
    private static int Run(Stream stream, float[] samples, Action<float>? judged = null)
    {
        var earlier = 0;
        for (var position = 0; position + Step <= samples.Length; position += Step)
        {
            ReadOnlySpan<float> step = samples.AsSpan(position, Step);
            stream.Waiting.Begin(stream.TimeOf(stream.Heard.Position + Step), Step);
            stream.Waiting.Fill(ref step, 1);
            stream.Judge.Judge(stream.Waiting, areSilence: false, isOpen: false);
            judged?.Invoke(stream.Judge.Probability(0));
            earlier += stream.Judge.Earlier(0).Length;
            stream.Heard.WriteClean(stream.Waiting.Samples(0));
            stream.Waiting.Remove(1);
        }

        return earlier;
    }

    private sealed record Stream(SpeechJudge Judge, StreamingFrontEnd Heard, DeferredVad Waiting)
    {
        private readonly long _began = Stopwatch.GetTimestamp();

        public long TimeOf(long sample) => _began + (sample * Stopwatch.Frequency / FrontEndStage.SampleRate);
    }

    /// <summary>So many steps that are loud or not, in turn; each has its number as its first sample, in millionths.</summary>
    private static float[] Steps(params (int Count, bool IsLoud)[] parts)
    {
        bool[] steps = [.. parts.SelectMany(part => Enumerable.Repeat(part.IsLoud, part.Count))];
        var samples = new float[steps.Length * Step];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = i % Step == 0 ? i / Step * 1e-6f : steps[i / Step] ? 0.5f * (float)Math.Sin(0.3 * i) : 0;
        }

        return samples;
    }

    private sealed class Asked : ISpeechDetector, IFirstOpinion
    {
        public List<int> Steps { get; } = [];

        public float Answer { get; set; }

        public int Resets { get; private set; }

        public IFirstOpinion? First { get; init; }

        public Asked() => First = this;

        public bool MaySpeak(ReadOnlySpan<float> step) => step.ToArray().Sum(Math.Abs) > 50;

        public float Probability(ReadOnlySpan<float> step)
        {
            Steps.Add((int)Math.Round(step[0] * 1e6));
            return Answer;
        }

        void ISpeechDetector.Reset() => Resets++;

        void IFirstOpinion.Reset()
        {
        }

        public void Dispose()
        {
        }
    }
}
