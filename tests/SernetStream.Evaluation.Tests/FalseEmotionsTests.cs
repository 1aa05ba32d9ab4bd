using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;
using SernetStream.Models;

namespace SernetStream.Evaluation.Tests;

public sealed class FalseEmotionsTests
{
    private static readonly string[] Labels = ["anger", "happiness", "neutral", "sadness"];

    [Fact]
    public void A_threshold_leaves_a_rate_of_false_moods_and_no_more()
    {
        var said = new FalseEmotions(Labels, null);
        for (var place = 0; place < 100; place++)
        {
            said.AddOrdinary([place / 100f, 0, 1 - (place / 100f), 0]);
        }

        foreach (var rate in FalseEmotions.Rates)
        {
            var threshold = said.ThresholdFor(rate);
            Assert.Equal(rate, Enumerable.Range(0, 100).Count(place => place / 100f >= threshold));
        }

        Assert.Equal(0.5, said.GivenShare);
    }

    [Fact]
    public void Recall_is_the_mean_of_the_moods_that_were_meant()
    {
        var said = new FalseEmotions(Labels, null);
        said.AddOrdinary([0.45f, 0.05f, 0.5f, 0]);
        said.Add(0, [0.6f, 0.2f, 0.1f, 0.1f]);
        said.Add(0, [0.4f, 0.1f, 0.4f, 0.1f]);
        said.Add(1, [0.1f, 0.7f, 0.1f, 0.1f]);
        said.Add(2, [1, 0, 0, 0]);
        Assert.Equal(0.75, said.RecallAt(5));
        Assert.Equal(1, said.RecallAt(100));
        Assert.True(double.IsNaN(new FalseEmotions(Labels, null).RecallAt(5)));
    }

    [Fact]
    public void What_is_unknown_is_no_false_mood()
    {
        var said = new FalseEmotions(Labels, new UnknownThresholds(0.5f, null));
        said.AddOrdinary([0.4f, 0.3f, 0.2f, 0.1f]);
        said.AddOrdinary([0.6f, 0.2f, 0.1f, 0.1f]);
        Assert.Equal(0.5, said.GivenShare);
    }

    /// <summary>The halves are those of training (<c>tests/test_athome.py</c>): nothing is judged on its training data.</summary>
    [Fact]
    public void The_halves_are_those_of_training()
    {
        Assert.Equal([true, true, false, false], new[] { "0", "1", "2", "3" }.Select(EverydayFolder.IsForJudging));
        Assert.Equal(EverydayFolder.IsForJudging("7.wav"), EverydayFolder.IsForJudging("a/7.opus"));
    }
}
