using SernetStream.Evaluation.Scores;

namespace SernetStream.Evaluation.Streaming;

/// <summary>A threshold as the pipeline needs it to keep a rate of false emotions.</summary>
/// <param name="FalseEmotions">Of a hundred ordinary utterances, so many may be given an emotion, at any time while they last.</param>
/// <param name="Threshold">The threshold.</param>
/// <param name="Kept">How many are, 0..1, on fifths of them that the threshold was not chosen on; NaN if there are not five.</param>
/// <param name="Recall">Of the utterances with an emotion, the mean share over emotions whose final says it, 0..1.</param>
internal sealed record StreamingPoint(int FalseEmotions, float Threshold, double Kept, double Recall);

/// <summary>Chooses thresholds for a stream of ordinary speech (AT-HOME, docs/developer/at-home.md), and says what they leave of emotions.</summary>
internal sealed class StreamingPoints(HeardStream ordinary, HeardStream emotions)
{
    private const int Parts = 5;

    private readonly IReadOnlyList<float> _candidates = ordinary.Candidates;

    /// <summary>The points of all rates.</summary>
    public IReadOnlyList<StreamingPoint> Points() => [.. FalseEmotions.Rates.Select(PointOf)];

    private StreamingPoint PointOf(int rate)
    {
        var threshold = ThresholdFor(rate, _ => true);
        return new StreamingPoint(rate, threshold, Kept(rate), emotions.At(threshold).Recall(emotions.IsEmotion));
    }

    private double Kept(int rate) => ordinary.Score.Utterances < Parts
        ? double.NaN
        : Enumerable.Range(0, Parts).Average(part => Given(ThresholdFor(rate, place => place % Parts != part), place => place % Parts == part));

    /// <summary>The lowest threshold below which a rate is not kept any more by some of the utterances.</summary>
    private float ThresholdFor(int rate, Func<int, bool> isCounted)
    {
        var chosen = 1f;
        foreach (var candidate in _candidates)
        {
            if (100 * Given(candidate, isCounted) > rate + 1e-9)
            {
                break;
            }

            chosen = candidate;
        }

        return chosen;
    }

    private double Given(float threshold, Func<int, bool> isCounted) =>
        ordinary.At(threshold).Given(ordinary.IsEmotion).Where((_, place) => isCounted(place)).Average(given => given ? 1.0 : 0.0);
}
