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
        Assert.True(smoother.Update(A, isFinal: true, 1));
        Assert.Equal(0, smoother.Current);
        Assert.Equal(0.9f, smoother.Confidence, 1e-6f);
    }

    [Fact]
    public void Neutral_may_enter_below_what_emotions_must_reach()
    {
        var options = new SmootherOptions { Enter = 0.95f, NeutralLabel = 1, EnterNeutral = 0.5f };
        var smoother = Make(options);
        smoother.Update(A, isFinal: true, 1);
        Assert.Equal(EmotionSmoother.Unknown, smoother.Current);
        smoother.Update(B, isFinal: true, 100);
        Assert.Equal(1, smoother.Current);

        // Neutral never needs a higher probability than an emotion.
        Assert.Equal(0.4f, (options with { Enter = 0.4f, Leave = 0.3f }).EnterOf(1));
        Assert.Equal(0.95f, options.EnterOf(0));
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
        smoother.Update([anger, neutral, sadness], isFinal: true, 1);
        Assert.Equal(said, smoother.Current);

        // Without a threshold of its own, neutral is a label like the others.
        var alike = Make(options with { NeutralLabel = -1 });
        alike.Update([anger, neutral, sadness], isFinal: true, 1);
        Assert.Equal(neutral > sadness ? 1 : 2, alike.Current);
    }

    [Fact]
    public void After_a_half_life_the_old_counts_half()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 2 });
        smoother.Update(A, isFinal: true, 1);
        smoother.Update(B, isFinal: true, 3);
        Assert.Equal([0.5f, 0.5f, 0], smoother.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void Smoothing_depends_on_time_not_on_the_number_of_hops()
    {
        var (coarse, fine) = (Make(), Make());
        coarse.Update(A, isFinal: false, 0);
        coarse.Update(B, isFinal: false, 1);
        fine.Update(A, isFinal: false, 0);
        for (var i = 1; i <= 10; i++)
        {
            fine.Update(B, isFinal: false, i / 10.0);
        }

        Assert.Equal(coarse.Smoothed.ToArray(), fine.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void A_final_replaces_the_interims_of_its_utterance()
    {
        var (withInterims, without) = (Make(), Make());
        foreach (var smoother in new[] { withInterims, without })
        {
            smoother.Update(A, isFinal: true, 1);
        }

        withInterims.Update(Unsure, isFinal: false, 2);
        withInterims.Update(Unsure, isFinal: false, 2.5);
        withInterims.Update(B, isFinal: true, 3);
        without.Update(B, isFinal: true, 3);
        Assert.Equal(without.Smoothed.ToArray(), withInterims.Smoothed.ToArray());
    }

    [Fact]
    public void What_is_not_sure_enough_is_unknown()
    {
        var smoother = Make();
        Assert.True(smoother.Update(Unsure, isFinal: true, 1));
        Assert.Equal(EmotionSmoother.Unknown, smoother.Current);
        Assert.Equal(0.34f, smoother.Confidence, 1e-6f);
    }

    [Theory]
    [InlineData(0.4f, 0)]
    [InlineData(0.3f, EmotionSmoother.Unknown)]
    public void An_emotion_holds_until_it_falls_below_leave(float probability, int expected)
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 0 });
        smoother.Update(A, isFinal: true, 1);
        smoother.Update([probability, 0.45f, 0.55f - probability], isFinal: true, 2);
        Assert.Equal(expected, smoother.Current);
    }

    [Theory]
    [InlineData(0.6f, EmotionSmoother.Unknown)]
    [InlineData(0.7f, 0)]
    public void Probabilities_that_are_too_spread_out_are_unknown(float maxEntropy, int expected)
    {
        // 1.5 bits of at most log2(5) = 2.32: a share of 0.646.
        var smoother = new EmotionSmoother(5, new SmootherOptions { MaxEntropy = maxEntropy });
        smoother.Update([0.5f, 0.25f, 0.25f, 0, 0], isFinal: true, 1);
        Assert.Equal(expected, smoother.Current);
        Assert.Equal(0.5f, smoother.Confidence);
    }

    [Fact]
    public void Options_can_be_changed_on_the_way_and_what_was_heard_stays()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 2, DwellSeconds = 0 });
        smoother.Update(A, isFinal: true, 1);
        smoother.Options = smoother.Options with { Enter = 0.95f };
        Assert.Equal(0, smoother.Current);
        smoother.Update(B, isFinal: true, 3);
        Assert.Equal([0.5f, 0.5f, 0], smoother.Smoothed.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Throws<ArgumentException>(() => smoother.Options = smoother.Options with { Enter = 0 });
    }

    [Fact]
    public void Forgetting_is_like_silence_but_at_once()
    {
        var smoother = Make();
        Assert.False(smoother.Reset());
        smoother.Update(A, isFinal: true, 1);
        Assert.True(smoother.Reset());
        Assert.Equal(EmotionSmoother.None, smoother.Current);
        smoother.Update(B, isFinal: true, 1.1);
        Assert.Equal(B, smoother.Smoothed.ToArray());
    }

    [Fact]
    public void An_emotion_dwells_before_another_follows()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 2 });
        Assert.True(smoother.Update(A, isFinal: true, 1));
        Assert.False(smoother.Update(B, isFinal: true, 2.9));
        Assert.Equal(0, smoother.Current);
        Assert.True(smoother.Update(B, isFinal: true, 3));
        Assert.Equal(1, smoother.Current);
    }

    [Fact]
    public void A_final_corrects_its_interims_at_once_but_not_the_utterance_before()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 2 });
        Assert.True(smoother.Update(A, isFinal: false, 1));
        Assert.False(smoother.Update(B, isFinal: false, 1.5));
        Assert.True(smoother.Update(B, isFinal: true, 2));
        Assert.Equal(1, smoother.Current);
        Assert.False(smoother.Update(A, isFinal: false, 3));
        Assert.False(smoother.Update(A, isFinal: true, 3.9));
        Assert.Equal(1, smoother.Current);
    }

    [Fact]
    public void What_interims_said_and_a_final_confirmed_dwells()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 2 });
        smoother.Update(A, isFinal: false, 1);
        smoother.Update(A, isFinal: true, 1.5);
        Assert.False(smoother.Update(B, isFinal: true, 2.9));
        Assert.True(smoother.Update(B, isFinal: true, 3));
    }

    [Fact]
    public void From_unknown_a_sure_label_follows_at_once()
    {
        var smoother = Make(new SmootherOptions { HalfLifeSeconds = 0, DwellSeconds = 2 });
        smoother.Update(Unsure, isFinal: true, 1);
        Assert.True(smoother.Update(B, isFinal: true, 1.1));
        Assert.Equal(1, smoother.Current);
    }

    [Fact]
    public void Silence_makes_none_once_and_forgets()
    {
        var smoother = Make(new SmootherOptions { NoneAfterSeconds = 5 });
        Assert.False(smoother.Advance(speaking: false, 100));
        smoother.Update(A, isFinal: true, 101);
        Assert.False(smoother.Advance(speaking: false, 105.9));
        Assert.False(smoother.Advance(speaking: true, 106));
        Assert.False(smoother.Advance(speaking: false, 110));
        Assert.True(smoother.Advance(speaking: false, 111));
        Assert.Equal(EmotionSmoother.None, smoother.Current);
        Assert.False(smoother.Advance(speaking: false, 112));

        smoother.Update(B, isFinal: true, 112.1);
        Assert.Equal(B, smoother.Smoothed.ToArray());
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
