using SernetStream.Pipeline.Smoothing;

namespace SernetStream.Pipeline.Tests.Smoothing;

public class EmotionSmootherTests
{
    private static readonly float[] A = [0.9f, 0.1f, 0];
    private static readonly float[] B = [0.1f, 0.9f, 0];
    private static readonly float[] Unsure = [0.34f, 0.33f, 0.33f];

    [Fact]
    public void It_begins_with_none_and_moves_to_the_first_sure_label()
    {
        var smoother = Make();
        Assert.Equal(EmotionSmoother.None, smoother.Current);
        Assert.Equal(0, smoother.Confidence);
        Assert.True(smoother.Update(A, settles: true, 1));
        Assert.Equal(0, smoother.Current);
        Assert.Equal(0.9f, smoother.Confidence, 1e-5f);
    }

    [Fact]
    public void Neutral_may_enter_below_what_emotions_must_reach()
    {
        var options = new SmootherOptions { Enter = 0.95f, NeutralLabel = 1, EnterNeutral = 0.5f };
        var smoother = Make(options);
        smoother.Update(A, settles: true, 1);
        Assert.Equal(EmotionSmoother.Unknown, smoother.Current);
        smoother.Update(B, settles: true, 100);
        Assert.Equal(1, smoother.Current);

        // Neutral never needs a higher probability than an emotion.
        Assert.Equal(0.4f, (options with { Enter = 0.4f, Leave = 0.3f }).EnterOf(1, double.PositiveInfinity));
        Assert.Equal(0.95f, options.EnterOf(0, double.PositiveInfinity));
    }

    [Theory]
    [InlineData(0.25f, 0.6f, 0.15f, 0)] // Rare as emotions are, that is enough.
    [InlineData(0.15f, 0.6f, 0.25f, 2)]
    [InlineData(0.19f, 0.7f, 0.11f, 1)]
    [InlineData(0.21f, 0.25f, 0.54f, 2)] // The likeliest emotion, not the first that reaches it.
    public void An_emotion_that_reaches_its_own_threshold_is_said_even_if_neutral_is_likelier(float anger, float neutral, float sadness, int said)
    {
        var options = new SmootherOptions { Enter = 0.2f, Leave = 0.2f, MaxEntropy = 1, NeutralLabel = 1, EnterNeutral = 0.5f };
        var smoother = Make(options);
        smoother.Update([anger, neutral, sadness], settles: true, 1);
        Assert.Equal(said, smoother.Current);

        // Without a threshold of its own, neutral is a label like the others.
        var alike = Make(options with { NeutralLabel = -1 });
        alike.Update([anger, neutral, sadness], settles: true, 1);
        Assert.Equal(neutral > sadness ? 1 : 2, alike.Current);
    }

    [Fact]
    public void After_a_half_life_the_old_counts_half()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 2 });
        smoother.Update(A, settles: true, 1);
        smoother.Update(B, settles: true, 3);
        Assert.Equal([0.5f, 0.5f, 0], smoother.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void An_utterance_is_the_geometric_mean_of_its_windows()
    {
        var smoother = Make();
        smoother.Update([0.8f, 0.1f, 0.1f], settles: false, 1);
        smoother.Update([0.2f, 0.4f, 0.4f], settles: false, 1.5);
        // √0.16 : √0.04 : √0.04 is 2 : 1 : 1.
        Assert.Equal([0.5f, 0.25f, 0.25f], smoother.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
        smoother.Update([0.2f, 0.4f, 0.4f], settles: true, 2);
        var mean = smoother.Smoothed.ToArray();
        Assert.Equal(Math.Cbrt(0.8 * 0.2 * 0.2) / Math.Cbrt(0.1 * 0.4 * 0.4), mean[0] / mean[1], 1e-4);

        // The next utterance begins anew, on top of that mean alone.
        var alone = Make();
        alone.Update(mean, settles: true, 2);
        smoother.Update(B, settles: false, 4);
        alone.Update(B, settles: false, 4);
        Assert.Equal(alone.Smoothed.ToArray(), smoother.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void One_window_does_not_exclude_what_all_others_say()
    {
        var smoother = Make();
        for (var i = 0; i < 9; i++)
        {
            smoother.Update([0.99f, 0.005f, 0.005f], settles: false, i / 2.0);
        }

        smoother.Update([0, 0.5f, 0.5f], settles: true, 5);
        Assert.Equal(0, smoother.Current);
    }

    [Fact]
    public void An_utterance_whose_final_never_came_leaves_no_trace()
    {
        var smoother = Make();
        smoother.Update(A, settles: false, 1);
        smoother.BeginUtterance(1.5);
        smoother.Update(B, settles: false, 2);
        Assert.Equal(B, smoother.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void While_an_utterance_goes_on_an_emotion_needs_better_odds_and_neutral_does_not()
    {
        var options = new SmootherOptions { Enter = 0.5f, NeutralLabel = 1, EnterNeutral = 0.5f, InterimOdds = 4, MaxEntropy = 1 };
        Assert.Equal(0.8f, options.EnterOf(0, heard: 1), 1e-6f);
        Assert.Equal(0.5f, options.EnterReachedBy(0.8f, heard: 1), 1e-6f);
        foreach (var (anger, settles, said) in new[] { (0.75f, false, -1), (0.82f, false, 0), (0.55f, true, 0), (0.45f, false, 1) })
        {
            var smoother = Make(options);
            smoother.Update([anger, 0.98f - anger, 0.02f], settles, 1);
            Assert.Equal(said, smoother.Current);
        }

        // Where neutral has no threshold of its own, nothing was measured.
        Assert.Equal(0.5f, (options with { NeutralLabel = -1 }).EnterOf(0, heard: 1));
    }

    [Fact]
    public void Where_answers_cover_the_utterance_the_newest_counts_alone()
    {
        var smoother = Make(new SmootherOptions { AnswersCoverUtterance = true });
        smoother.Update(A, settles: false, 1);
        smoother.Update(Unsure, settles: false, 1.5);
        smoother.Update(B, settles: true, 2);
        Assert.Equal(B, smoother.Smoothed.ToArray());
        Assert.Equal(1, smoother.Current);
    }

    [Theory]
    [InlineData(0.5, 1001)]
    [InlineData(1, 126)]
    [InlineData(5, 2)]
    [InlineData(10, 1.125)]
    [InlineData(double.PositiveInfinity, 1)]
    public void The_more_of_an_utterance_was_heard_the_less_more_its_emotion_needs(double heard, double odds)
    {
        var options = new SmootherOptions
        {
            Enter = 0.2f,
            Leave = 0.1f,
            NeutralLabel = 1,
            EnterNeutral = 0.5f,
            AnswersCoverUtterance = true,
            TrustedAfterSeconds = 5,
            MaxEntropy = 1,
        };
        var needed = odds * 0.25 / (1 + (odds * 0.25));
        Assert.Equal(needed, options.EnterOf(0, heard), 1e-6);
        Assert.Equal(0.2f, options.EnterReachedBy((float)needed, heard), 1e-4f);
        Assert.Equal(0.2f, options.EnterOf(1, heard));

        // Of an utterance that began at 100, in a stream that began long before.
        foreach (var (anger, said) in new[] { (needed * 1.0001, 0), (needed * 0.9, odds > 4 ? EmotionSmoother.Unknown : 1) })
        {
            var smoother = Make(options);
            smoother.BeginUtterance(100);
            var isOver = double.IsPositiveInfinity(heard);
            smoother.Update([(float)anger, (float)(1 - anger), 0], isOver, isOver ? 101 : 100 + heard);
            Assert.Equal(said, smoother.Current);
        }
    }

    [Fact]
    public void At_the_very_begin_of_an_utterance_no_emotion_is_sure_enough()
    {
        var options = new SmootherOptions { NeutralLabel = 1, AnswersCoverUtterance = true, TrustedAfterSeconds = 5 };
        Assert.Equal(1, options.EnterOf(0, heard: 0));
        Assert.Equal(0, options.EnterReachedBy(0.9f, heard: 0));
    }

    [Fact]
    public void What_is_not_sure_enough_is_unknown()
    {
        var smoother = Make();
        Assert.True(smoother.Update(Unsure, settles: true, 1));
        Assert.Equal(EmotionSmoother.Unknown, smoother.Current);
        Assert.Equal(0.34f, smoother.Confidence, 1e-6f);
    }

    [Theory]
    [InlineData(0.4f, 0)]
    [InlineData(0.3f, EmotionSmoother.Unknown)]
    public void An_emotion_holds_until_it_falls_below_leave(float probability, int expected)
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 0 });
        smoother.Update(A, settles: true, 1);
        smoother.Update([probability, 0.45f, 0.55f - probability], settles: true, 2);
        Assert.Equal(expected, smoother.Current);
    }

    [Theory]
    [InlineData(0.6f, EmotionSmoother.Unknown)]
    [InlineData(0.7f, 0)]
    public void Probabilities_that_are_too_spread_out_are_unknown(float maxEntropy, int expected)
    {
        // 1.5 bits of at most log2(5) = 2.32: a share of 0.646.
        var smoother = new EmotionSmoother(5, new SmootherOptions { Enter = 0.45f, MaxEntropy = maxEntropy });
        smoother.Update([0.5f, 0.25f, 0.25f, 0, 0], settles: true, 1);
        Assert.Equal(expected, smoother.Current);
        Assert.Equal(0.5f, smoother.Confidence, 1e-5f);
    }

    [Fact]
    public void Options_can_be_changed_on_the_way_and_what_was_heard_stays()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 2, DwellSeconds = 0 });
        smoother.Update(A, settles: true, 1);
        smoother.Options = smoother.Options with { Enter = 0.95f };
        Assert.Equal(0, smoother.Current);
        smoother.Update(B, settles: true, 3);
        Assert.Equal([0.5f, 0.5f, 0], smoother.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Throws<ArgumentException>(() => smoother.Options = smoother.Options with { Enter = 0 });
    }

    [Fact]
    public void Forgetting_is_like_silence_but_at_once()
    {
        var smoother = Make();
        Assert.False(smoother.Reset());
        smoother.Update(A, settles: true, 1);
        Assert.True(smoother.Reset());
        Assert.Equal(EmotionSmoother.None, smoother.Current);
        smoother.Update(B, settles: true, 1.1);
        Assert.Equal(B, smoother.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void An_emotion_dwells_before_another_follows()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 2 });
        Assert.True(smoother.Update(A, settles: true, 1));
        Assert.False(smoother.Update(B, settles: true, 2.9));
        Assert.Equal(0, smoother.Current);
        Assert.True(smoother.Update(B, settles: true, 3));
        Assert.Equal(1, smoother.Current);
    }

    [Fact]
    public void A_final_corrects_its_interims_at_once_but_not_the_utterance_before()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 2 });
        Assert.True(smoother.Update(A, settles: false, 1));
        Assert.False(smoother.Update(B, settles: false, 1.5));
        Assert.True(smoother.Update(B, settles: true, 2));
        Assert.Equal(1, smoother.Current);
        Assert.False(smoother.Update(A, settles: false, 3));
        Assert.False(smoother.Update(A, settles: true, 3.9));
        Assert.Equal(1, smoother.Current);
    }

    [Fact]
    public void What_interims_said_and_a_final_confirmed_dwells()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 2 });
        smoother.Update(A, settles: false, 1);
        smoother.Update(A, settles: true, 1.5);
        Assert.False(smoother.Update(B, settles: true, 2.9));
        Assert.True(smoother.Update(B, settles: true, 3));
    }

    [Fact]
    public void From_unknown_a_sure_label_follows_at_once()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 2 });
        smoother.Update(Unsure, settles: true, 1);
        Assert.True(smoother.Update(B, settles: true, 1.1));
        Assert.Equal(1, smoother.Current);
    }

    [Fact]
    public void Silence_makes_none_once_and_forgets()
    {
        var smoother = Make(new SmootherOptions { NoneAfterSeconds = 5 });
        Assert.False(smoother.Advance(speaking: false, 100));
        smoother.Update(A, settles: true, 101);
        Assert.False(smoother.Advance(speaking: false, 105.9));
        Assert.False(smoother.Advance(speaking: true, 106));
        Assert.False(smoother.Advance(speaking: false, 110));
        Assert.True(smoother.Advance(speaking: false, 111));
        Assert.Equal(EmotionSmoother.None, smoother.Current);
        Assert.False(smoother.Advance(speaking: false, 112));

        smoother.Update(B, settles: true, 112.1);
        Assert.Equal(B, smoother.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(1, smoother.Current);
    }

    [Fact]
    public void Smoothed_probabilities_always_sum_to_one_and_the_current_one_was_earned()
    {
        var random = new Random(11);
        var options = new SmootherOptions();
        var smoother = new EmotionSmoother(7, options);
        var (time, movedAt, byInterim) = (0.0, double.NegativeInfinity, false);
        for (var i = 0; i < 20_000; i++)
        {
            var raw = Enumerable.Range(0, 7).Select(_ => (float)Math.Pow(random.NextDouble(), 6)).ToArray();
            var sum = raw.Sum();
            time += random.NextDouble() * 2;
            var before = smoother.Current;
            var isFinal = random.Next(4) == 0;
            var moved = smoother.Update([.. raw.Select(p => p / sum)], isFinal, time);
            Assert.Equal(1, smoother.Smoothed.ToArray().Sum(), 1e-4);
            if (moved)
            {
                Assert.True(before < 0 || time - movedAt >= options.DwellSeconds || (isFinal && byInterim));
                Assert.True(smoother.Current == EmotionSmoother.Unknown || smoother.Confidence >= options.Enter);
                movedAt = time;
            }

            byInterim = !isFinal && (moved || byInterim);
        }

        Assert.NotEqual(double.NegativeInfinity, movedAt);
    }

    [Theory]
    [InlineData(0.5f, 0.6f, "leave is 0.6")]
    [InlineData(0f, 0f, "enter is 0")]
    [InlineData(1.1f, 0f, "enter is 1.1")]
    [InlineData(0.5f, -0.1f, "leave is -0.1")]
    public void Thresholds_that_make_no_sense_are_refused(float enter, float leave, string because)
    {
        var error = Assert.Throws<ArgumentException>(
            () => new EmotionSmoother(2, new SmootherOptions { Enter = enter, Leave = leave }));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    private static EmotionSmoother Make(SmootherOptions? options = null) => new(3, options ?? new SmootherOptions());
}
