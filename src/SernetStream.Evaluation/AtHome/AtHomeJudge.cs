using SernetStream.Evaluation.Scores;
using SernetStream.Models;

namespace SernetStream.Evaluation.AtHome;

/// <summary>An answer to an utterance. Labels are indices; <see cref="None"/>: there is none.</summary>
/// <param name="Meant">The label that was meant.</param>
/// <param name="Likeliest">The likeliest label.</param>
/// <param name="Emotion">The likeliest emotion, which is recognised if it is probable enough.</param>
/// <param name="Surest">Its probability.</param>
internal readonly record struct Answer(int Meant, int Likeliest, int Emotion, float Surest)
{
    /// <summary>No label.</summary>
    public const int None = -1;

    /// <summary>Nothing was said of an utterance.</summary>
    public static Answer Missed(int meant) => new(meant, None, None, 0);

    /// <summary>Whether the emotion that was meant is recognised at a threshold.</summary>
    public bool IsFound(float threshold) => Emotion == Meant && Surest >= threshold;
}

/// <summary>How right some answers are.</summary>
/// <param name="Ua">Unweighted accuracy of the likeliest label, 0..1.</param>
/// <param name="Wa">Weighted accuracy of the likeliest label, 0..1.</param>
/// <param name="Recall">Mean recall of the emotions, 0..1; NaN: nobody knows what they must reach.</param>
internal readonly record struct AtHomeScore(double Ua, double Wa, double Recall);

/// <summary>Judges answers as AT-HOME does (<c>training/sernet/athome/judge.py</c>).</summary>
internal sealed class AtHomeJudge(IReadOnlyList<string> labels)
{
    private readonly int[] _emotions =
        [.. labels.Index().Where(label => FalseEmotions.IsEmotion(label.Item)).Select(label => label.Index)];

    /// <summary>Where a label stands.</summary>
    public int IndexOf(string label) => labels.Index().First(one => one.Item == label).Index;

    /// <summary>What some probabilities say.</summary>
    /// <param name="meant">The label that was meant.</param>
    /// <param name="probabilities">One a label.</param>
    public Answer AnswerOf(string meant, float[] probabilities)
    {
        var emotion = _emotions.MaxBy(place => probabilities[place]);
        return new Answer(IndexOf(meant), Certainty.Likeliest(probabilities), emotion, probabilities[emotion]);
    }

    /// <summary>Scores answers.</summary>
    /// <param name="answers">The answers, at least one.</param>
    /// <param name="threshold">What an emotion must reach; null: nobody knows.</param>
    public AtHomeScore Score(IReadOnlyList<Answer> answers, float? threshold) => new(
        MeanOverLabels(answers, answer => answer.Likeliest == answer.Meant),
        answers.Average(answer => answer.Likeliest == answer.Meant ? 1.0 : 0.0),
        threshold is { } least ? Recall(answers, least) : double.NaN);

    /// <summary>The threshold that leaves a rate of false emotions in ordinary speech, and no more.</summary>
    public float Threshold(IEnumerable<float[]> ordinary, double rate)
    {
        var sorted = ordinary.Select(probabilities => _emotions.Max(emotion => probabilities[emotion])).OrderDescending().ToList();
        var allowed = (int)((rate / 100 * sorted.Count) + 1e-9);
        return allowed < sorted.Count ? MathF.BitIncrement(sorted[allowed]) : 0;
    }

    /// <summary>The mean recall of the emotions that were meant, 0..1.</summary>
    public double Recall(IEnumerable<Answer> answers, float threshold) =>
        MeanOverLabels(answers.Where(answer => _emotions.Contains(answer.Meant)), answer => answer.IsFound(threshold));

    private static double MeanOverLabels(IEnumerable<Answer> answers, Predicate<Answer> isRight) => answers
        .GroupBy(answer => answer.Meant)
        .Select(label => label.Average(answer => isRight(answer) ? 1.0 : 0.0))
        .DefaultIfEmpty(double.NaN)
        .Average();
}
