using FsCheck;
using FsCheck.Fluent;
using SernetStream.Pipeline.Smoothing;

namespace SernetStream.Pipeline.Tests.Smoothing;

/// <summary>Properties of the smoother for every stream and all options.</summary>
public class EmotionSmootherProperties
{
    private const int Labels = 4;

    /// <summary>One call: a classification, or the passing of time with or without speech.</summary>
    private sealed record Call(double Elapsed, float[]? Raw, bool Flag);

    /// <summary>A call, its time, when the emotion last changed before it, whether an interim of this utterance changed it, and
    /// whether this call changed it.</summary>
    private sealed record Step(Call Call, double Time, double MovedAt, bool MovedByInterim, bool Moved);

    private sealed record Stream(SmootherOptions Options, Call[] Calls);

    [Fact]
    public void Probabilities_sum_to_one_or_are_all_zero_while_there_is_no_mood() => Check((smoother, _, _) =>
    {
        var sum = smoother.Smoothed.ToArray().Sum();
        return smoother.Current == EmotionSmoother.None
            ? sum == 0 && smoother.Confidence == 0
            : Math.Abs(sum - 1) < 1e-3 && smoother.Smoothed.ToArray().All(p => p is >= 0 and <= 1.0001f);
    });

    [Fact]
    public void A_label_is_entered_only_when_sure_and_held_only_while_sure_enough() => Check((smoother, before, step) =>
        smoother.Current < 0
        || step.Call.Raw is null
        || (smoother.Current != before && smoother.Smoothed[smoother.Current] >= smoother.Options.Enter)
        || (smoother.Current == before
            && (smoother.Smoothed[before] >= smoother.Options.Leave || step.Time - step.MovedAt < smoother.Options.DwellSeconds)));

    [Fact]
    public void An_emotion_gives_way_to_another_only_after_its_dwell_or_to_the_final_of_its_interims() => Check((smoother, before, step) =>
        smoother.Current == before
        || before < 0
        || smoother.Current == EmotionSmoother.None
        || step.Time - step.MovedAt >= smoother.Options.DwellSeconds
        || (step.Call.Flag && step.MovedByInterim));

    [Fact]
    public void None_comes_of_silence_alone() => Check((smoother, before, step) =>
        step.Call.Raw is not null ? smoother.Current != EmotionSmoother.None
        : smoother.Current == before || (smoother.Current == EmotionSmoother.None && !step.Call.Flag));

    [Fact]
    public void It_says_that_it_moved_exactly_when_it_did() => Check((smoother, before, step) =>
        step.Moved == (smoother.Current != before));

    [Fact]
    public void Probabilities_too_spread_out_are_never_a_new_label() => Check((smoother, before, step) =>
    {
        var entropy = -smoother.Smoothed.ToArray().Sum(p => p > 0 ? p * Math.Log(p) : 0) / Math.Log(Labels);
        return entropy <= smoother.Options.MaxEntropy + 1e-6 || smoother.Current < 0 || smoother.Current == before;
    });

    [Fact]
    public void Of_an_utterance_its_mean_or_newest_answer_remains_and_nothing_of_when_its_windows_were_judged() =>
        Prop.ForAll(Streams().ToArbitrary(), stream =>
        {
            // The same windows, and what they come to alone: after each final, both states are equal.
            var (windows, means) = (new EmotionSmoother(Labels, stream.Options), new EmotionSmoother(Labels, stream.Options));
            var time = 0.0;
            List<float[]> utterance = [];
            foreach (var call in stream.Calls.Where(call => call.Raw is not null))
            {
                time += call.Elapsed;
                windows.Update(call.Raw, call.Flag, time);
                utterance.Add(call.Raw!);
                if (call.Flag)
                {
                    means.Update(stream.Options.AnswersCoverUtterance ? call.Raw! : Mean(utterance), settles: true, time);
                    utterance.Clear();
                    if (windows.Smoothed.ToArray().Zip(means.Smoothed.ToArray()).Any(pair => Math.Abs(pair.First - pair.Second) > 1e-3))
                    {
                        return false;
                    }
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_order_of_labels_does_not_matter() =>
        Prop.ForAll(Streams().ToArbitrary(), stream =>
        {
            var (forward, backward) = (new EmotionSmoother(Labels, stream.Options), new EmotionSmoother(Labels, stream.Options));
            var time = 0.0;
            foreach (var call in stream.Calls)
            {
                time += call.Elapsed;
                Apply(forward, call, time);
                Apply(backward, call with { Raw = call.Raw?.Reverse().ToArray() }, time);
                // Of two equal labels the first is taken; entropies may differ in the last bit.
                var isTied = forward.Smoothed.ToArray().Order().SkipLast(1).LastOrDefault() == forward.Smoothed.ToArray().Max();
                if (isTied)
                {
                    return true;
                }

                if (forward.Current >= 0 ? backward.Current != Labels - 1 - forward.Current : backward.Current != forward.Current)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();

    private static void Check(Func<EmotionSmoother, int, Step, bool> holds) =>
        Prop.ForAll(Streams().ToArbitrary(), stream =>
        {
            var smoother = new EmotionSmoother(Labels, stream.Options);
            var (time, movedAt, byInterim) = (0.0, double.NegativeInfinity, false);
            foreach (var call in stream.Calls)
            {
                time += call.Elapsed;
                var before = smoother.Current;
                var moved = Apply(smoother, call, time);
                if (!holds(smoother, before, new Step(call, time, movedAt, byInterim, moved)))
                {
                    return false;
                }

                movedAt = moved ? time : movedAt;
                byInterim = call.Raw is null ? byInterim && smoother.Current >= 0 : !call.Flag && (moved || byInterim);
            }

            return true;
        }).QuickCheckThrowOnFailure();

    private static float[] Mean(List<float[]> windows)
    {
        double[] means = [.. Enumerable.Range(0, Labels).Select(label => Math.Exp(windows.Average(raw => Math.Log(raw[label] + 1e-6))))];
        return [.. means.Select(mean => (float)(mean / means.Sum()))];
    }

    private static bool Apply(EmotionSmoother smoother, Call call, double time) => call.Raw is { } raw
        ? smoother.Update(raw, call.Flag, time)
        : smoother.Advance(call.Flag, time);

    private static Gen<Stream> Streams() =>
        from options in Options()
        from calls in Calls().ListOf()
        select new Stream(options, [.. calls]);

    private static Gen<SmootherOptions> Options() =>
        from halfLife in Gen.Elements(0.0, 0.3, 2, 60)
        from enter in Hundredths(20, 100)
        from leave in Hundredths(0, 100)
        from entropy in Hundredths(30, 100)
        from dwell in Gen.Elements(0.0, 1, 5)
        from none in Gen.Elements(0.5, 3, 20)
        from covered in Gen.Elements(true, false)
        select new SmootherOptions
        {
            HalfLifeSeconds = halfLife,
            Enter = enter,
            Leave = Math.Min(leave, enter),
            MaxEntropy = entropy,
            DwellSeconds = dwell,
            NoneAfterSeconds = none,
            AnswersCoverUtterance = covered,
        };

    private static Gen<Call> Calls() =>
        from elapsed in Gen.Choose(0, 3000)
        from raw in Gen.Choose(0, 1000).ArrayOf(Labels)
        from sharpness in Gen.Elements(1.0, 4, 12)
        from isJudged in Gen.Elements(true, true, false)
        from flag in Gen.Elements(true, false)
        select new Call(elapsed / 1000.0, isJudged ? Normalised(raw, sharpness) : null, flag);

    private static Gen<float> Hundredths(int least, int most) => Gen.Choose(least, most).Select(value => value / 100f);

    private static float[] Normalised(int[] values, double sharpness)
    {
        double[] powers = [.. values.Select(value => Math.Pow((value + 1) / 1000.0, sharpness))];
        return [.. powers.Select(power => (float)(power / powers.Sum()))];
    }
}
