using SernetStream.Evaluation.Scores;

namespace SernetStream.Evaluation.Tests;

/// <summary>Two labels. Utterances of 2 s at 10 s, 20 s and 30 s; speech begins 0.1 s later and ends 0.2 s earlier.</summary>
public class StreamScoreTests
{
    private const int Anger = 0;
    private const int Fear = 1;
    private const int Unknown = StreamPrediction.Unknown;

    private static readonly string[] Labels = ["anger", "fear"];
    private static readonly PlayedUtterance[] Played = [At(10, Anger), At(20, Anger), At(30, Fear)];

    [Fact]
    public void What_is_right_in_all_is_all_right()
    {
        var score = Score(Final(10, Anger), Final(20, Anger), Final(30, Fear));
        Assert.Equal((1, 1), (score.Raw.WeightedAccuracy, score.Raw.UnweightedAccuracy));
        Assert.Equal((1, 1), (score.Smoothed.WeightedAccuracy, score.Smoothed.UnweightedAccuracy));
        Assert.Equal((3, 0, 0, 0, 0), (score.Finals, score.Missed, score.Split, score.False, score.FalseAnswers));
        Assert.Equal(60, score.Seconds);
        Assert.Equal(54, score.PauseSeconds, 1e-9);
        Assert.Equal(1, score.Confusion.WeightedAccuracy);
    }

    [Fact]
    public void The_two_answers_are_judged_apart_and_unknown_is_not_right()
    {
        var score = Score(Final(10, Anger, Unknown), Final(20, Fear, Anger), Final(30, Fear, Unknown));

        // Raw: anger 1 of 2, fear 1 of 1. Smoothed: anger 1 of 2, fear 0 of 1.
        Assert.Equal((2.0 / 3, 0.75), (score.Raw.WeightedAccuracy, score.Raw.UnweightedAccuracy));
        Assert.Equal((1.0 / 3, 0.25), (score.Smoothed.WeightedAccuracy, score.Smoothed.UnweightedAccuracy));
        Assert.Equal(2.0 / 3, score.UnknownShare, 1e-12);
        Assert.Equal((1, 1), (score.Answered.WeightedAccuracy, score.Answered.UnweightedAccuracy));
    }

    [Fact]
    public void What_was_missed_was_not_answered_and_of_no_answers_nothing_is_known()
    {
        var score = Score(Final(10, Anger, Fear), Final(20, Anger, Anger));
        Assert.Equal((0.5, 0.5), (score.Answered.WeightedAccuracy, score.Answered.UnweightedAccuracy));
        Assert.Single(score.Answered.FirstRight);
        var silent = Score(Final(10, Anger, Unknown));
        Assert.True(double.IsNaN(silent.Answered.WeightedAccuracy) && double.IsNaN(silent.Answered.UnweightedAccuracy));
    }

    [Fact]
    public void A_missed_utterance_is_wrong()
    {
        var score = Score(Final(10, Anger), Final(20, Anger));
        Assert.Equal((1, 2), (score.Missed, score.Finals));
        Assert.Equal((2.0 / 3, 0.5), (score.Raw.WeightedAccuracy, score.Raw.UnweightedAccuracy));
        Assert.Equal(2, score.Confusion.Total);
        Assert.Equal(2, score.FinalDelays.Count);
    }

    [Fact]
    public void Of_several_finals_the_one_with_the_largest_overlap_judges_and_the_last_ends_it()
    {
        var score = Score(
            new StreamPrediction(10, 10.5, 11.3, IsFinal: true, Fear, Fear),
            new StreamPrediction(10.6, 12, 12.8, IsFinal: true, Anger, Anger),
            Final(20, Anger),
            Final(30, Fear));
        Assert.Equal((1, 4, 0), (score.Split, score.Finals, score.Missed));
        Assert.Equal(1, score.Raw.WeightedAccuracy);
        Assert.Equal(12.8 - 11.8, score.FinalDelays[^1], 1e-9);
    }

    [Theory]
    [InlineData(14, 16, 1)]
    [InlineData(11.5, 13.5, 0)]
    [InlineData(11.6, 13.6, 1)]
    [InlineData(50, 50, 0)]
    public void A_final_of_which_less_than_a_quarter_lies_in_utterances_is_false(double start, double end, int expected)
    {
        var score = Score(new StreamPrediction(start, end, end + 1, IsFinal: true, Fear, Fear));
        Assert.Equal(start == end ? 1 : expected, score.False);
        Assert.Equal(score.False, score.FalseAnswers);
        Assert.Equal(3 - (1 - score.False), score.Missed);
    }

    [Fact]
    public void A_false_final_that_says_unknown_says_no_emotion_and_an_interim_is_no_final()
    {
        var score = Score(
            new StreamPrediction(40, 42, 43, IsFinal: true, Fear, Unknown), new StreamPrediction(50, 52, 53, IsFinal: false, Fear, Fear));
        Assert.Equal((1, 0), (score.False, score.FalseAnswers));
        Assert.True(double.IsNaN(score.UnknownShare));
    }

    [Fact]
    public void A_final_over_two_utterances_judges_both_and_belongs_to_the_one_it_overlaps_more()
    {
        var score = Score(new StreamPrediction(10, 21, 23, IsFinal: true, Anger, Anger));
        Assert.Equal((1, 1, 0, 0), (score.Missed, score.Finals, score.Split, score.False));
        Assert.Equal(2.0 / 3, score.Raw.WeightedAccuracy);
        Assert.Equal(23 - 11.8, Assert.Single(score.FinalDelays), 1e-9);
    }

    [Fact]
    public void The_first_right_answer_may_be_an_interim_and_counts_from_the_begin_of_speech()
    {
        var score = Score(
            new StreamPrediction(10, 10.5, 10.6, IsFinal: false, Fear, Unknown),
            new StreamPrediction(10, 11, 11.1, IsFinal: false, Anger, Unknown),
            Final(10, Anger, Anger),
            Final(20, Fear, Fear));
        Assert.Equal(11.1 - 10.1, Assert.Single(score.Raw.FirstRight), 1e-9);
        Assert.Equal(12.8 - 10.1, Assert.Single(score.Smoothed.FirstRight), 1e-9);
    }

    [Fact]
    public void A_final_that_comes_long_after_an_interim_that_began_later_finds_its_utterance()
    {
        // Noise keeps the gate open: the interim no longer overlaps the utterance, the final does.
        var score = Score(
            new StreamPrediction(13, 16, 16, IsFinal: false, Fear, Fear), new StreamPrediction(10, 16, 17, IsFinal: true, Anger, Anger));
        Assert.Equal((2, 0), (score.Missed, score.False));
    }

    [Theory]
    [InlineData(0.5, 2)]
    [InlineData(0.75, 3)]
    [InlineData(0.95, 4)]
    [InlineData(1, 4)]
    [InlineData(0, 1)]
    public void Quantiles_are_values_that_came(double share, double expected) =>
        Assert.Equal(expected, StreamScore.Quantile([1, 2, 3, 4], share));

    [Fact]
    public void Delays_are_put_into_tenths_of_a_second()
    {
        var bars = DelayHistogram.Of([-0.3, 0.0, 0.05, 0.3, 2.0, 7]);
        Assert.Equal((double.NegativeInfinity, 0, 1), (bars[0].From, bars[0].To, bars[0].Count));
        Assert.Equal((0, 0.1, 2), (bars[1].From, bars[1].To, bars[1].Count));
        Assert.Equal((0.3, 1), (bars[4].From, bars[4].Count));
        Assert.Equal((2.0, double.PositiveInfinity, 2), (bars[^1].From, bars[^1].To, bars[^1].Count));
        Assert.Equal(0.7, Assert.Single(DelayHistogram.Of([0.7])).From);
        Assert.Empty(DelayHistogram.Of([]));
    }

    private static PlayedUtterance At(double start, int label) => new(label, start, start + 2, start + 0.1, start + 1.8);

    /// <summary>A final over 2 s from <paramref name="start"/>, published 0.8 s after its end.</summary>
    private static StreamPrediction Final(double start, int raw, int? said = null) =>
        new(start, start + 2, start + 2.8, IsFinal: true, raw, said ?? raw);

    private static StreamScore Score(params StreamPrediction[] judgements) => new(Labels, Played, judgements, 60);
}
