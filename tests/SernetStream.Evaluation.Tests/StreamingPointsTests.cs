using SernetStream.Evaluation.Scores;
using SernetStream.Evaluation.Streaming;
using SernetStream.Models;

namespace SernetStream.Evaluation.Tests;

/// <summary>A hundred ordinary utterances, half a minute apart; the probability of anger follows from the index.</summary>
public sealed class StreamingPointsTests
{
    private static readonly ModelCard Card = ModelCatalog.CardOf(ModelCatalog.Default);
    private static readonly ModelCard OfWindows = ModelCatalog.CardOf("light-sernet-home-int8");

    [Fact]
    public void Each_threshold_keeps_its_rate_and_the_next_would_not()
    {
        var ordinary = Heard(Enumerable.Range(0, 100).Select(place => (Neutral, Anger: place / 100f)));
        var points = new StreamingPoints([ordinary], ordinary).Points();
        Assert.Equal(FalseEmotions.Rates, points.Select(point => point.FalseEmotions));
        foreach (var point in points)
        {
            Assert.Equal(point.FalseEmotions, Given(ordinary, point.Threshold));
            Assert.Equal(point.FalseEmotions + 1, Given(ordinary, point.Threshold - 0.01f));
            Assert.InRange(100 * point.Kept, 0.5 * point.FalseEmotions, 2 * point.FalseEmotions);
            Assert.True(double.IsNaN(point.Recall));
        }
    }

    [Fact]
    public void Recall_is_that_of_the_emotions_and_neutral_needs_no_more_than_the_card_asks()
    {
        var ordinary = Heard(Enumerable.Range(0, 100).Select(place => (Neutral, Anger: place / 100f)));
        var emotions = Heard([(0, 0.99f), (0, 0.97f), (0, 0.93f), (0, 0.6f), (Neutral, 0.1f)]);
        Assert.Equal([0.25, 0.25, 0.5, 0.75], new StreamingPoints([ordinary], emotions).Points().Select(point => point.Recall));
        Assert.Equal(1, emotions.At(1).Recall(label => label == Neutral));
    }

    [Fact]
    public void With_several_kinds_of_ordinary_speech_a_rate_is_kept_in_each()
    {
        var quiet = Heard(Enumerable.Range(0, 100).Select(place => (Neutral, Anger: place / 200f)));
        var lively = Heard(Enumerable.Range(0, 50).Select(place => (Neutral, Anger: 0.4f + (place / 100f))));
        var alone = new StreamingPoints([lively], lively).Points();
        var both = new StreamingPoints([quiet, lively], lively).Points();
        Assert.Equal(alone.Select(point => point.Threshold), both.Select(point => point.Threshold));
        Assert.All(both, point => Assert.True(Given(lively, point.Threshold) <= point.FalseEmotions / 2.0));
    }

    [Fact]
    public void An_interim_of_windows_counts_from_the_threshold_whose_odds_it_reaches_four_times()
    {
        // 0.8 has four times the odds of 0.5; the mean with the final follows.
        var heard = Corrected(OfWindows, interim: 0.8f);
        Assert.Equal([0.5f, 0.167f], heard.Candidates, (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal([false], heard.At(0.51f).Given(heard.IsEmotion));
        Assert.Equal([true], heard.At(0.49f).Given(heard.IsEmotion));
        Assert.Equal(0, heard.At(0.49f).GivenByFinal(heard.IsEmotion));
    }

    [Fact]
    public void An_interim_of_a_network_that_streams_counts_by_the_seconds_it_has_heard_and_the_final_by_itself()
    {
        // After one of its five seconds it needs 126 times the odds: 0.95 has them of 0.131.
        var heard = Corrected(Card, interim: 0.95f);
        Assert.Equal([0.131f, 0.01f], heard.Candidates, (a, b) => Math.Abs(a - b) < 1e-3);
        Assert.Equal([false], heard.At(0.132f).Given(heard.IsEmotion));
        Assert.Equal([true], heard.At(0.13f).Given(heard.IsEmotion));
        Assert.Equal(0, heard.At(0.13f).GivenByFinal(heard.IsEmotion));
    }

    [Fact]
    public void A_mistake_of_an_interim_counts_even_if_the_final_takes_it_back()
    {
        var heard = Corrected(OfWindows, interim: 0.9f);
        Assert.Equal([true], heard.At(0.6f).Given(heard.IsEmotion));
        Assert.Equal(0, heard.At(0.6f).GivenByFinal(heard.IsEmotion));
        Assert.Equal([false], heard.At(0.95f).Given(heard.IsEmotion));
        Assert.True(double.IsNaN(new StreamingPoints([heard], heard).Points()[0].Kept));
    }

    private static int Neutral => Card.Labels.ToList().IndexOf("neutral");

    private static int Given(HeardStream heard, float threshold) => heard.At(threshold).Given(heard.IsEmotion).Count(given => given);

    /// <summary>An ordinary utterance whose interim after a second suspects anger, and whose final does not.</summary>
    private static HeardStream Corrected(ModelCard card, float interim) => new(
        "one",
        card,
        [new PlayedUtterance(Neutral, 10, 12, 10, 12)],
        [new StreamPrediction(10, 11, 11, false, 0, 0), new StreamPrediction(10, 12, 12.7, true, Neutral, Neutral)],
        [Raw(interim), Raw(0.01f)],
        20);

    /// <summary>Utterances of two seconds, each with only a final.</summary>
    private static HeardStream Heard(IEnumerable<(int Meant, float Anger)> said)
    {
        var all = said.ToList();
        return new HeardStream(
            "some",
            Card,
            [.. all.Select((one, place) => new PlayedUtterance(one.Meant, 30 * place, (30 * place) + 2, 30 * place, (30 * place) + 2))],
            [.. all.Select((one, place) => new StreamPrediction(30 * place, (30 * place) + 2, (30 * place) + 2.7, true, 0, 0))],
            [.. all.Select(one => Raw(one.Anger))],
            30 * all.Count);
    }

    /// <summary>Probabilities with this share of anger; the rest is neutral.</summary>
    private static float[] Raw(float anger)
    {
        var raw = new float[Card.Labels.Count];
        raw[Neutral] = 1 - anger;
        raw[Card.Labels.ToList().IndexOf("anger")] = anger;
        return raw;
    }
}
