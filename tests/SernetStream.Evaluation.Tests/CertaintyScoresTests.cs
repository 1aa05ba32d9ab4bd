using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;
using SernetStream.Models;

namespace SernetStream.Evaluation.Tests;

public class CertaintyScoresTests
{
    [Fact]
    public void Calibration_by_hand()
    {
        // Bin 14 of 15 (0.867 to 0.933]: two answers of 0.9, one right. Bin 8 (0.533 to 0.6]: 0.55, right.
        var scores = Of((0.9f, true), (0.9f, false), (0.55f, true));
        Assert.Equal(((2 * Math.Abs(0.9 - 0.5)) + Math.Abs(0.55 - 1)) / 3, scores.ExpectedCalibrationError, 1e-6);
        Assert.Equal((2, 0.5), (scores.Bins[13].Count, scores.Bins[13].Accuracy));
        Assert.Equal((1, 1.0), (scores.Bins[8].Count, scores.Bins[8].Accuracy));
        Assert.Equal(3, scores.Bins.Sum(bin => bin.Count));
        Assert.Equal(CertaintyScores.BinCount, scores.Bins.Count);
    }

    [Theory]
    [InlineData(0f, 0)]
    [InlineData(1f, 14)]
    [InlineData(0.2f, 2)]
    [InlineData(0.2001f, 3)]
    public void A_bin_holds_its_upper_bound(float confidence, int bin)
    {
        // 0.2 in single precision is slightly above 3/15.
        var scores = Of((confidence == 0.2f ? MathF.BitDecrement(0.2f) : confidence, true));
        Assert.Equal(1, scores.Bins[bin].Count);
    }

    [Fact]
    public void Confidence_that_is_right_costs_nothing() =>
        Assert.Equal(0, Of((0.5f, true), (0.5f, false), (1f, true)).ExpectedCalibrationError, 1e-9);

    [Theory]
    [InlineData(1, 0.6)]
    [InlineData(0.8, 0.75)]
    [InlineData(0.4, 1)]
    [InlineData(0, 1)]
    public void Accuracy_at_a_coverage_is_that_of_the_surest(double coverage, double expected) => Assert.Equal(
        expected, Of((0.5f, false), (0.9f, true), (0.8f, true), (0.7f, false), (0.6f, true)).AccuracyAt(coverage), 1e-12);

    [Fact]
    public void Equal_confidence_at_the_limit_counts_by_its_accuracy()
    {
        (float, bool)[] answers = [(0.9f, true), (0.5f, true), (0.5f, false), (0.5f, false), (0.5f, false)];

        // 40 % of five answers are two: one is right, the other is right with a probability of a quarter.
        Assert.Equal(1.25 / 2, Of(answers).AccuracyAt(0.4), 1e-12);
        Assert.Equal(1.25 / 2, Of([.. answers.Reverse()]).AccuracyAt(0.4), 1e-12);
    }

    [Fact]
    public void What_is_unknown_is_not_answered()
    {
        var scores = new CertaintyScores();
        scores.Add(0.9f, isRight: true, isUnknown: false);
        scores.Add(0.4f, isRight: true, isUnknown: true);
        scores.Add(0.8f, isRight: false, isUnknown: false);
        scores.Add(0.3f, isRight: false, isUnknown: true);
        Assert.Equal(0.5, scores.UnknownShare);
        Assert.Equal(0.5, scores.AnsweredAccuracy);
    }

    [Fact]
    public void An_evaluation_counts_unknown_by_the_thresholds_of_the_card()
    {
        var evaluation = new ModelEvaluation(["anger", "fear"], new UnknownThresholds(0.7f, null));
        evaluation.Add(new LabelledClip("a", "anger", "01"), [0.6f, 0.4f]);
        evaluation.Add(new LabelledClip("b", "anger", "01"), [0.2f, 0.8f]);
        Assert.Equal((0.5, 0), (evaluation.Certainty.UnknownShare, evaluation.Certainty.AnsweredAccuracy));
        Assert.Equal(0.5, evaluation.Confusion.WeightedAccuracy);
    }

    private static CertaintyScores Of(params (float Confidence, bool IsRight)[] answers)
    {
        var scores = new CertaintyScores();
        foreach (var (confidence, isRight) in answers)
        {
            scores.Add(confidence, isRight, isUnknown: false);
        }

        return scores;
    }
}
