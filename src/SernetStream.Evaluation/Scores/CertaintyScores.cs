namespace SernetStream.Evaluation.Scores;

/// <summary>Answers of about the same confidence.</summary>
/// <param name="From">Confidence they are above, 0..1.</param>
/// <param name="To">Confidence they are at most.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Confidence">Their mean confidence; NaN if there are none.</param>
/// <param name="Accuracy">The share of them that is right; NaN if there are none.</param>
public readonly record struct ReliabilityBin(double From, double To, int Count, double Confidence, double Accuracy);

/// <summary>
/// How well a model's confidence (the probability of the likeliest label) fits its accuracy, and what the model gains
/// by not answering. One thread at a time.
/// </summary>
public sealed class CertaintyScores
{
    /// <summary>Bins of equal width that confidence is put into.</summary>
    public const int BinCount = 15;

    private readonly List<(float Confidence, bool IsRight)> _answers = [];
    private int _unknown;
    private int _rightAnswers;

    /// <summary>Answers counted.</summary>
    public int Count => _answers.Count;

    /// <summary>The share for which the card's thresholds say <c>unknown</c>, 0..1.</summary>
    public double UnknownShare => (double)_unknown / Count;

    /// <summary>The share of the others that is right, 0..1; NaN if there are none.</summary>
    public double AnsweredAccuracy => (double)_rightAnswers / (Count - _unknown);

    /// <summary>The bins of a reliability diagram, lowest confidence first.</summary>
    public IReadOnlyList<ReliabilityBin> Bins
    {
        get
        {
            var answers = _answers.ToLookup(answer => BinOf(answer.Confidence));
            return [.. Enumerable.Range(0, BinCount).Select(bin => BinFrom(bin, [.. answers[bin]]))];
        }
    }

    /// <summary>
    /// Expected calibration error, 0..1: the distance between confidence and accuracy, averaged over the bins by their
    /// answers (Naeini et al., AAAI 2015; Guo et al., ICML 2017).
    /// </summary>
    public double ExpectedCalibrationError => Bins.Where(bin => bin.Count > 0)
        .Sum(bin => bin.Count * Math.Abs(bin.Confidence - bin.Accuracy)) / Count;

    /// <summary>Counts an answer.</summary>
    /// <param name="confidence">Probability of the likeliest label.</param>
    /// <param name="isRight">Whether that label is right.</param>
    /// <param name="isUnknown">Whether the card's thresholds say <c>unknown</c>.</param>
    public void Add(float confidence, bool isRight, bool isUnknown)
    {
        _answers.Add((confidence, isRight));
        _unknown += isUnknown ? 1 : 0;
        _rightAnswers += isRight && !isUnknown ? 1 : 0;
    }

    /// <summary>Accuracy, 0..1, of the most confident answers alone.</summary>
    /// <param name="coverage">
    /// The share of answers that is kept, 0..1; at least one. Of answers with the same confidence at the limit, their
    /// accuracy counts, so that no order matters.
    /// </param>
    public double AccuracyAt(double coverage)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(coverage);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(coverage, 1);
        var kept = Math.Max(1, (int)Math.Round(coverage * Count));
        var limit = _answers.Select(answer => answer.Confidence).OrderDescending().ElementAt(kept - 1);
        var surer = _answers.Where(answer => answer.Confidence > limit).ToList();
        var atLimit = _answers.Where(answer => answer.Confidence == limit).ToList();
        return (surer.Count(answer => answer.IsRight) + ((kept - surer.Count) * Share(atLimit))) / kept;
    }

    private static int BinOf(float confidence) => Math.Clamp((int)Math.Ceiling((double)confidence * BinCount) - 1, 0, BinCount - 1);

    private static ReliabilityBin BinFrom(int bin, IReadOnlyList<(float Confidence, bool IsRight)> answers) => new(
        (double)bin / BinCount,
        (bin + 1.0) / BinCount,
        answers.Count,
        answers.Count == 0 ? double.NaN : answers.Average(answer => answer.Confidence),
        Share(answers));

    private static double Share(IReadOnlyList<(float Confidence, bool IsRight)> answers) =>
        (double)answers.Count(answer => answer.IsRight) / answers.Count;
}
