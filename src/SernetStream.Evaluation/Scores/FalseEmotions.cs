using SernetStream.Models;

namespace SernetStream.Evaluation.Scores;

/// <summary>
/// How often ordinary, neutral speech gets an emotion, and how many emotions are recognised at thresholds that leave a
/// rate of these false emotions (AT-HOME, docs/developer/at-home.md). Safe for use by many threads.
/// </summary>
/// <param name="labels">What the model tells apart.</param>
/// <param name="thresholds">When its answer is unknown; null: never.</param>
public sealed class FalseEmotions(IReadOnlyList<string> labels, UnknownThresholds? thresholds)
{
    /// <summary>False emotions in a hundred ordinary utterances that <see cref="RecallAt"/> is reported at.</summary>
    public static IReadOnlyList<int> Rates { get; } = [1, 2, 5, 10];

    private static readonly string[] NoEmotion = ["neutral", "calm"];

    private readonly Lock _lock = new();
    private readonly int[] _emotions =
        [.. labels.Index().Where(label => IsEmotion(label.Item)).Select(label => label.Index)];

    private readonly List<float> _ordinary = [];
    private readonly List<(int Meant, float Surest, bool IsRight)> _meant = [];
    private int _given;

    /// <summary>Ordinary utterances that were added.</summary>
    public int Count => _ordinary.Count;

    /// <summary>Share of them, 0 to 1, whose answer is an emotion, by the thresholds of the model's card.</summary>
    public double GivenShare => (double)_given / _ordinary.Count;

    /// <summary>Whether a label names an emotion, and is not the lack of one.</summary>
    public static bool IsEmotion(string label) => !NoEmotion.Contains(label);

    /// <summary>Adds what a model said of ordinary speech.</summary>
    public void AddOrdinary(ReadOnlySpan<float> probabilities)
    {
        var surest = probabilities[LikeliestEmotion(probabilities)];
        var isGiven = _emotions.Contains(Certainty.Likeliest(probabilities)) && thresholds?.Hold(probabilities) != true;
        lock (_lock)
        {
            _ordinary.Add(surest);
            _given += isGiven ? 1 : 0;
        }
    }

    /// <summary>Adds what a model said of an utterance with a label; one without an emotion changes nothing.</summary>
    public void Add(int meant, ReadOnlySpan<float> probabilities)
    {
        if (!_emotions.Contains(meant))
        {
            return;
        }

        var emotion = LikeliestEmotion(probabilities);
        var surest = probabilities[emotion];
        lock (_lock)
        {
            _meant.Add((meant, surest, emotion == meant));
        }
    }

    /// <summary>The probability that the likeliest emotion must reach so that a rate of false emotions, and no more, is left.</summary>
    /// <param name="rate">In a hundred.</param>
    public float ThresholdFor(double rate)
    {
        var sorted = _ordinary.OrderDescending().ToList();
        var allowed = (int)((rate / 100 * sorted.Count) + 1e-9);
        return allowed < sorted.Count ? MathF.BitIncrement(sorted[allowed]) : 0;
    }

    /// <summary>The mean recall of the emotions that were meant, 0 to 1, at <see cref="ThresholdFor"/>; NaN if there are none.</summary>
    public double RecallAt(double rate)
    {
        var threshold = ThresholdFor(rate);
        return _meant.Count == 0
            ? double.NaN
            : _meant.GroupBy(said => said.Meant).Average(emotion => emotion.Average(said => said.IsRight && said.Surest >= threshold ? 1.0 : 0.0));
    }

    private int LikeliestEmotion(ReadOnlySpan<float> probabilities)
    {
        var likeliest = _emotions[0];
        foreach (var emotion in _emotions)
        {
            likeliest = probabilities[emotion] > probabilities[likeliest] ? emotion : likeliest;
        }

        return likeliest;
    }
}
