using SernetStream.Evaluation.Scores;

namespace SernetStream.Evaluation.Streaming;

/// <summary>A threshold as the pipeline needs it to keep a rate of false emotions.</summary>
/// <param name="FalseEmotions">Of a hundred utterances of each kind of ordinary speech, so many may be given an emotion, at any time while they last.</param>
/// <param name="Threshold">The threshold.</param>
/// <param name="Kept">
/// How many are, 0..1, on fifths of them that the threshold was not chosen on, of the kind with the most; NaN if a kind has not five.
/// </param>
/// <param name="Recall">Of the utterances with an emotion, the mean share over emotions whose final says it, 0..1.</param>
internal sealed record StreamingPoint(int FalseEmotions, float Threshold, double Kept, double Recall);

/// <summary>
/// Chooses thresholds for streams of ordinary speech (AT-HOME, docs/developer/at-home.md), and says what they leave of emotions. With
/// several kinds of ordinary speech a rate is kept in each.
/// </summary>
internal sealed class StreamingPoints(IReadOnlyList<HeardStream> ordinary, HeardStream emotions)
{
    private const int Parts = 5;

    /// <summary>The points of all rates.</summary>
    public IReadOnlyList<StreamingPoint> Points() => [.. FalseEmotions.Rates.Select(PointOf)];

    private StreamingPoint PointOf(int rate)
    {
        var threshold = ThresholdFor(rate, _ => true);
        return new StreamingPoint(rate, threshold, Kept(rate), emotions.At(threshold).Recall(emotions.IsEmotion));
    }

    private double Kept(int rate)
    {
        if (ordinary.Any(kind => kind.Score.Utterances < Parts))
        {
            return double.NaN;
        }

        float[] thresholds = [.. Enumerable.Range(0, Parts).Select(part => ThresholdFor(rate, place => place % Parts != part))];
        return ordinary.Max(kind => thresholds.Select((threshold, part) => Given(kind, threshold, place => place % Parts == part)).Average());
    }

    private float ThresholdFor(int rate, Func<int, bool> isCounted) => ordinary.Max(kind => ThresholdFor(kind, rate, isCounted));

    /// <summary>The lowest threshold below which a rate is not kept any more by some of the utterances.</summary>
    private static float ThresholdFor(HeardStream kind, int rate, Func<int, bool> isCounted)
    {
        var chosen = 1f;
        foreach (var candidate in kind.Candidates)
        {
            if (100 * Given(kind, candidate, isCounted) > rate + 1e-9)
            {
                break;
            }

            chosen = candidate;
        }

        return chosen;
    }

    private static double Given(HeardStream kind, float threshold, Func<int, bool> isCounted) =>
        kind.At(threshold).Given(kind.IsEmotion).Where((_, place) => isCounted(place)).Average(given => given ? 1.0 : 0.0);
}
