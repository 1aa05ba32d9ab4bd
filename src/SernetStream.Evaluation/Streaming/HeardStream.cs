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

    /// <summary>The threshold that each judgement's likeliest emotion just reaches, highest first: those that make a difference.</summary>
    public IReadOnlyList<float> Candidates => field ??= FindCandidates();

    /// <summary>As it would have been said if an emotion had to reach this probability.</summary>
    public StreamScore At(float enter)
    {
        if (!_scores.TryGetValue(enter, out var score))
        {
            _scores.Add(enter, score = new StreamScore(card.Labels, utterances, Smooth(enter), seconds));
        }

        return score;
    }

    private IEnumerable<StreamPrediction> Smooth(float enter) => Smoothed(_answering.ForEmotions(card, enter))
        .Select(step => step.Judgement with { Said = step.Smoother.Current >= 0 ? step.Smoother.Current : StreamPrediction.Unknown });

    /// <summary>Each judgement, the seconds of its utterance so far (infinity: all of it), and the smoother right after it.</summary>
    private IEnumerable<(StreamPrediction Judgement, double Heard, EmotionSmoother Smoother)> Smoothed(SmootherOptions options)
    {
        var smoother = new EmotionSmoother(card.Labels.Count, options);
        var began = double.NaN;
        foreach (var (judgement, values) in judgements.Zip(raw))
        {
            smoother.Advance(speaking: false, judgement.Start);
            if (double.IsNaN(began))
            {
                smoother.BeginUtterance(began = judgement.Start);
            }

            smoother.Update(values, judgement.IsFinal, judgement.SaidAt);
            yield return (judgement, judgement.IsFinal ? double.PositiveInfinity : judgement.SaidAt - began, smoother);
            began = judgement.IsFinal ? double.NaN : began;
        }
    }

    private IReadOnlyList<float> FindCandidates()
    {
        var options = _answering.ForEmotions(card, 1);
        return
        [
            .. Smoothed(options).Select(step => options.EnterReachedBy(Emotion(step.Smoother), step.Heard))
                .Where(threshold => threshold is > 0 and <= 1).Distinct().OrderDescending(),
        ];
    }

    private float Emotion(EmotionSmoother smoother)
    {
        var likeliest = 0f;
        for (var label = 0; label < card.Labels.Count; label++)
        {
            likeliest = IsEmotion(label) ? Math.Max(likeliest, smoother.Smoothed[label]) : likeliest;
        }

        return likeliest;
    }
}
