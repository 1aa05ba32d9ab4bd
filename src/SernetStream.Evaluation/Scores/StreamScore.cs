using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.Scores;

/// <summary>An utterance that was played into a stream. Times are in seconds of the stream.</summary>
/// <param name="Label">Index of the emotion that was meant.</param>
/// <param name="Start">Where its recording begins.</param>
/// <param name="End">Where its recording ends.</param>
/// <param name="SpeechStart">Where somebody begins to speak in it (<see cref="SpeechExtent"/>).</param>
/// <param name="SpeechEnd">Where they end.</param>
public readonly record struct PlayedUtterance(int Label, double Start, double End, double SpeechStart, double SpeechEnd);

/// <summary>An event that judged a window. Times are in seconds of the stream.</summary>
/// <param name="Start">Where the audio it judges begins.</param>
/// <param name="End">Where that ends.</param>
/// <param name="SaidAt">Where the stream was when it was said.</param>
/// <param name="IsFinal">Whether it judges a whole utterance.</param>
/// <param name="Raw">Index of the model's own likeliest label for the window.</param>
/// <param name="Said">Index of the smoothed emotion; <see cref="Unknown"/> if it is that.</param>
public readonly record struct StreamPrediction(double Start, double End, double SaidAt, bool IsFinal, int Raw, int Said)
{
    /// <summary>The value of <see cref="Said"/> where the answer is <c>unknown</c>.</summary>
    public const int Unknown = -1;

    /// <summary>Index of the likeliest label after smoothing.</summary>
    public int Likeliest { get; init; }
}

/// <summary>The accuracy of one of the two answers of events.</summary>
/// <param name="WeightedAccuracy">The share of utterances that are right, 0..1; a missed one is wrong.</param>
/// <param name="UnweightedAccuracy">The mean of that over the labels that were meant, 0..1.</param>
/// <param name="FirstRight">
/// Seconds from the begin of speech to the first event, interim or final, that is right; of the utterances that have one,
/// shortest first.
/// </param>
public sealed record EventAccuracy(double WeightedAccuracy, double UnweightedAccuracy, IReadOnlyList<double> FirstRight);

/// <summary>
/// Compares the events of a stream with the clips that were played into it. Pure. A final belongs to the utterance that
/// it overlaps most; one of which less than a quarter lies in utterances is false. An utterance is judged by the final
/// that overlaps it most.
/// </summary>
public sealed class StreamScore
{
    /// <summary>How much of a final must lie in utterances for it not to be false.</summary>
    public const double LeastShare = 0.25;

    private const double LongestUtteranceSeconds = 60;

    private readonly IReadOnlyList<PlayedUtterance> _utterances;
    private readonly StreamPrediction?[] _judgedBy;
    private readonly List<StreamPrediction>[] _events;

    /// <summary>Scores a stream.</summary>
    /// <param name="labels">The model's labels.</param>
    /// <param name="utterances">What was played, in its order; they do not overlap.</param>
    /// <param name="judgements">What was said, in the order it was.</param>
    /// <param name="seconds">How long the stream was.</param>
    public StreamScore(
        IReadOnlyList<string> labels, IReadOnlyList<PlayedUtterance> utterances, IEnumerable<StreamPrediction> judgements, double seconds)
    {
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(utterances);
        ArgumentNullException.ThrowIfNull(judgements);
        (_utterances, Seconds) = (utterances, seconds);
        _judgedBy = new StreamPrediction?[utterances.Count];
        _events = [.. utterances.Select(_ => new List<StreamPrediction>())];
        Confusion = new ConfusionMatrix(labels);
        var first = 0;
        foreach (var judgement in judgements)
        {
            // An interim may begin later than the final that follows it, but by no more than an utterance may last.
            while (first < utterances.Count && utterances[first].End < judgement.Start - LongestUtteranceSeconds)
            {
                first++;
            }

            Take(judgement, first);
        }

        foreach (var (utterance, final) in utterances.Zip(_judgedBy))
        {
            if (final is { } judged)
            {
                Confusion.Add(utterance.Label, judged.Raw);
            }
        }

        Raw = Accuracy(judgement => judgement.Raw);
        Smoothed = Accuracy(judgement => judgement.Said);
        Answered = Accuracy(judgement => judgement.Said, onlyAnswered: true);
    }

    /// <summary>Length of the stream.</summary>
    public double Seconds { get; }

    /// <summary>Of each utterance, the final that judges it; null: it was missed.</summary>
    public IReadOnlyList<StreamPrediction?> JudgedBy => _judgedBy;

    /// <summary>Utterances that were played.</summary>
    public int Utterances => _utterances.Count;

    /// <summary>Seconds of the stream in which none was.</summary>
    public double PauseSeconds => Seconds - _utterances.Sum(utterance => utterance.End - utterance.Start);

    /// <summary>Finals that belong to an utterance.</summary>
    public int Finals => _events.Sum(events => events.Count(judgement => judgement.IsFinal));

    /// <summary>Utterances that no final overlaps.</summary>
    public int Missed => _judgedBy.Count(judged => judged is null);

    /// <summary>Utterances with several finals.</summary>
    public int Split => _events.Count(events => events.Count(judgement => judgement.IsFinal) > 1);

    /// <summary>Finals that belong to no utterance.</summary>
    public int False { get; private set; }

    /// <summary>Those of <see cref="False"/> whose smoothed emotion is a label.</summary>
    public int FalseAnswers { get; private set; }

    /// <summary>The share of finals that belong to an utterance and whose smoothed emotion is unknown, 0..1; NaN if there are none.</summary>
    public double UnknownShare =>
        (double)_events.Sum(events => events.Count(judgement => judgement is { IsFinal: true, Said: StreamPrediction.Unknown })) / Finals;

    /// <summary>How right the model's own likeliest label is.</summary>
    public EventAccuracy Raw { get; }

    /// <summary>How right the smoothed emotion is.</summary>
    public EventAccuracy Smoothed { get; }

    /// <summary>The same of the utterances alone whose final says a label; NaN if none does.</summary>
    public EventAccuracy Answered { get; }

    /// <summary>What was meant against the model's own likeliest label, for the utterances that were not missed.</summary>
    public ConfusionMatrix Confusion { get; }

    /// <summary>Seconds from the end of speech to an utterance's (last) final, shortest first.</summary>
    public IReadOnlyList<double> FinalDelays =>
    [
        .. _utterances.Zip(_events)
            .Where(pair => pair.Second.Exists(judgement => judgement.IsFinal))
            .Select(pair => pair.Second.Last(judgement => judgement.IsFinal).SaidAt - pair.First.SpeechEnd)
            .Order(),
    ];

    /// <summary>Of each utterance, whether any event, interim or final, said one of some labels.</summary>
    /// <param name="isOne">Whether the label at an index is one of them.</param>
    public IReadOnlyList<bool> Given(Func<int, bool> isOne) =>
        [.. _events.Select(events => events.Exists(judgement => judgement.Said != StreamPrediction.Unknown && isOne(judgement.Said)))];

    /// <summary>The share of utterances, 0..1, whose final says one of some labels.</summary>
    /// <param name="isOne">Whether the label at an index is one of them.</param>
    public double GivenByFinal(Func<int, bool> isOne) =>
        (double)_judgedBy.Count(final => final is { Said: not StreamPrediction.Unknown } judged && isOne(judged.Said)) / Utterances;

    /// <summary>The mean, over some labels, of the share of utterances meant so, 0..1, whose final says it; NaN if there are none.</summary>
    /// <param name="isOne">Whether the label at an index is one of them.</param>
    public double Recall(Func<int, bool> isOne) => _utterances.Zip(_judgedBy)
        .Where(pair => isOne(pair.First.Label))
        .GroupBy(pair => pair.First.Label, pair => pair.Second?.Said == pair.First.Label)
        .Select(label => label.Average(isRight => isRight ? 1.0 : 0.0))
        .DefaultIfEmpty(double.NaN)
        .Average();

    /// <summary>The nearest-rank quantile of what is sorted; NaN of nothing.</summary>
    public static double Quantile(IReadOnlyList<double> sorted, double share)
    {
        ArgumentNullException.ThrowIfNull(sorted);
        return sorted.Count == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];
    }

    private void Take(in StreamPrediction judgement, int first)
    {
        var (best, most, all) = (-1, 0.0, 0.0);
        for (var i = first; i < _utterances.Count && _utterances[i].Start < judgement.End; i++)
        {
            var overlap = Overlap(_utterances[i], judgement);
            (best, most) = overlap > most ? (i, overlap) : (best, most);
            all += overlap;
        }

        if (best < 0 || all < LeastShare * (judgement.End - judgement.Start))
        {
            False += judgement.IsFinal ? 1 : 0;
            FalseAnswers += judgement.IsFinal && judgement.Said != StreamPrediction.Unknown ? 1 : 0;
            return;
        }

        _events[best].Add(judgement);
        for (var i = first; judgement.IsFinal && i < _utterances.Count && _utterances[i].Start < judgement.End; i++)
        {
            var overlap = Overlap(_utterances[i], judgement);
            if (overlap > 0 && (_judgedBy[i] is not { } other || overlap > Overlap(_utterances[i], other)))
            {
                _judgedBy[i] = judgement;
            }
        }
    }

    private EventAccuracy Accuracy(Func<StreamPrediction, int> answer, bool onlyAnswered = false)
    {
        bool Counts(StreamPrediction? judged) => !onlyAnswered || judged is { Said: not StreamPrediction.Unknown };

        var recalls = _utterances.Zip(_judgedBy)
            .Where(pair => Counts(pair.Second))
            .GroupBy(pair => pair.First.Label, pair => pair.Second is { } judged && answer(judged) == pair.First.Label)
            .Select(label => (Right: label.Count(isRight => isRight), Meant: label.Count()))
            .ToList();
        var waits = _utterances.Zip(_events, _judgedBy)
            .Where(played => Counts(played.Third))
            .Select(played => (played.First, Right: played.Second.FindIndex(judgement => answer(judgement) == played.First.Label), played.Second))
            .Where(found => found.Right >= 0)
            .Select(found => found.Second[found.Right].SaidAt - found.First.SpeechStart)
            .Order();
        return new EventAccuracy(
            (double)recalls.Sum(label => label.Right) / recalls.Sum(label => label.Meant),
            recalls.Select(label => (double)label.Right / label.Meant).DefaultIfEmpty(double.NaN).Average(),
            [.. waits]);
    }

    private static double Overlap(in PlayedUtterance utterance, in StreamPrediction judgement) =>
        Math.Max(0, Math.Min(utterance.End, judgement.End) - Math.Max(utterance.Start, judgement.Start));
}
