using SernetStream.Evaluation.Scores;
using SernetStream.Models;

namespace SernetStream.Evaluation.AtHome;

/// <summary>An answer to an utterance.</summary>
/// <param name="Meant">Index of the label that was meant.</param>
/// <param name="Probabilities">One a label.</param>
internal readonly record struct Answer(int Meant, float[] Probabilities);

/// <summary>How right some answers are.</summary>
/// <param name="Ua">Unweighted accuracy of the likeliest label, 0..1.</param>
/// <param name="Wa">Weighted accuracy of the likeliest label, 0..1.</param>
/// <param name="RecallAtFive">Mean recall of the emotions at the threshold that leaves 5 false emotions in 100; NaN: there is none.</param>
internal readonly record struct AtHomeScore(double Ua, double Wa, double RecallAtFive);

/// <summary>Judges answers as AT-HOME does (<c>training/sernet/athome/judge.py</c>).</summary>
internal sealed class AtHomeJudge(IReadOnlyList<string> labels)
{
    private readonly int[] _emotions =
        [.. labels.Index().Where(label => FalseEmotions.IsEmotion(label.Item)).Select(label => label.Index)];

    /// <summary>Scores answers.</summary>
    /// <param name="answers">The answers.</param>
    /// <param name="threshold">What an emotion must reach; null: nobody knows.</param>
    public AtHomeScore Score(IEnumerable<Answer> answers, float? threshold)
    {
        var confusion = new ConfusionMatrix(labels);
        var all = answers.ToList();
        foreach (var answer in all)
        {
            confusion.Add(answer.Meant, Certainty.Likeliest(answer.Probabilities));
        }

        return new AtHomeScore(
            confusion.UnweightedAccuracy, confusion.WeightedAccuracy, threshold is { } least ? Recall(all, least) : double.NaN);
    }

    /// <summary>The threshold that leaves a rate of false emotions in ordinary speech, and no more.</summary>
    public float Threshold(IEnumerable<float[]> ordinary, double rate)
    {
        var sorted = ordinary.Select(Surest).OrderDescending().ToList();
        var allowed = (int)((rate / 100 * sorted.Count) + 1e-9);
        return allowed < sorted.Count ? MathF.BitIncrement(sorted[allowed]) : 0;
    }

    /// <summary>The mean recall of the emotions that were meant, 0..1.</summary>
    public double Recall(IEnumerable<Answer> answers, float threshold) => answers
        .Where(answer => _emotions.Contains(answer.Meant))
        .GroupBy(answer => answer.Meant)
        .Select(emotion => emotion.Average(answer => IsFound(answer, threshold) ? 1.0 : 0.0))
        .DefaultIfEmpty(double.NaN)
        .Average();

    private bool IsFound(Answer answer, float threshold) =>
        answer.Probabilities[answer.Meant] >= threshold && _emotions.All(other => answer.Probabilities[other] <= answer.Probabilities[answer.Meant]);

    private float Surest(float[] probabilities) => _emotions.Max(emotion => probabilities[emotion]);
}
