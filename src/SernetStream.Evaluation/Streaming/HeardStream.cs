using SernetStream.Evaluation.Scores;
using SernetStream.Models;
using SernetStream.Pipeline.Smoothing;

namespace SernetStream.Evaluation.Streaming;

/// <summary>A stream that the pipeline has heard, which can be smoothed again with another threshold.</summary>
/// <param name="name">What was played.</param>
/// <param name="card">The model's card.</param>
/// <param name="utterances">What was played.</param>
/// <param name="judgements">What was said.</param>
/// <param name="raw">The model's probabilities for each judgement.</param>
/// <param name="seconds">How long the stream was.</param>
internal sealed class HeardStream(
    string name,
    ModelCard card,
    IReadOnlyList<PlayedUtterance> utterances,
    IReadOnlyList<StreamPrediction> judgements,
    IReadOnlyList<float[]> raw,
    double seconds)
{
    private readonly SmootherOptions _answering = SmootherOptions.For(card with { OperatingPoints = null });
    private readonly Dictionary<float, StreamScore> _scores = [];

    /// <summary>What was played.</summary>
    public string Name => name;

    /// <summary>As it was said.</summary>
    public StreamScore Score { get; } = new(card.Labels, utterances, judgements, seconds);

    /// <summary>The labels that are emotions.</summary>
    public Func<int, bool> IsEmotion { get; } = label => FalseEmotions.IsEmotion(card.Labels[label]);

    /// <summary>The largest probability of an emotion in each judgement, largest first: thresholds that make a difference.</summary>
    public IReadOnlyList<float> Candidates =>
    [
        .. raw.Select(values => values.Where((_, label) => FalseEmotions.IsEmotion(card.Labels[label])).Max()).Distinct().OrderDescending(),
    ];

    /// <summary>As it would have been said if an emotion had to reach this probability.</summary>
    public StreamScore At(float enter)
    {
        if (!_scores.TryGetValue(enter, out var score))
        {
            _scores.Add(enter, score = new StreamScore(card.Labels, utterances, Smooth(enter), seconds));
        }

        return score;
    }

    private IEnumerable<StreamPrediction> Smooth(float enter)
    {
        var smoother = new EmotionSmoother(card.Labels.Count, _answering.ForEmotions(card, enter));
        foreach (var (judgement, values) in judgements.Zip(raw))
        {
            smoother.Advance(speaking: false, judgement.Start);
            smoother.Update(values, judgement.IsFinal, judgement.SaidAt);
            yield return judgement with { Said = smoother.Current >= 0 ? smoother.Current : StreamPrediction.Unknown };
        }
    }
}
