using SernetStream.Models;
using static SernetStream.OptionRange;

namespace SernetStream.Pipeline.Smoothing;

/// <summary>How single classifications become the smoothed emotion. Durations are in seconds of audio.</summary>
public sealed record SmootherOptions
{
    private const string Neutral = "neutral";

    /// <summary>The <see cref="InterimOdds"/> that measured points hold with (docs/developer/at-home.md).</summary>
    private const float MeasuredInterimOdds = 4;

    /// <summary>The <see cref="TrustedAfterSeconds"/> that they hold with.</summary>
    private const double MeasuredTrustedAfterSeconds = 5;

    /// <summary>
    /// After this time, earlier utterances count half; 0: only the newest counts. The same for windows that stand for themselves.
    /// </summary>
    public double HalfLifeSeconds { get; init; } = 1.5;

    /// <summary>A label must be at least this probable to become the emotion, 0..1; below it the emotion is unknown.</summary>
    public float Enter { get; init; } = 0.5f;

    /// <summary>Index of the label that is no emotion, which has <see cref="EnterNeutral"/>; −1: all labels have <see cref="Enter"/>.</summary>
    public int NeutralLabel { get; init; } = -1;

    /// <summary>What <see cref="NeutralLabel"/> must reach, where that is less than <see cref="Enter"/>, 0..1.</summary>
    public float EnterNeutral { get; init; } = 1;

    /// <summary>
    /// Whether each answer covers the utterance from its start, as those of a network that streams: the newest counts alone. Otherwise
    /// an answer covers a window, and the mean of all windows counts.
    /// </summary>
    public bool AnswersCoverUtterance { get; init; }

    /// <summary>
    /// How many times the odds of <see cref="Enter"/> an emotion must have while its utterance goes on, where <see cref="NeutralLabel"/>
    /// is set, 1 or more: most utterances whose first words sound so do not when all was heard.
    /// </summary>
    public float InterimOdds { get; init; } = 1;

    /// <summary>
    /// The same where <see cref="AnswersCoverUtterance"/>: after t seconds of an utterance an emotion must have 1 + (this / t)³ times the
    /// odds, so twice after this long. 0: no more than in the end.
    /// </summary>
    public double TrustedAfterSeconds { get; init; }

    /// <summary>The current emotion stays while it is at least this probable and no other reaches <see cref="Enter"/>.</summary>
    public float Leave { get; init; } = 0.35f;

    /// <summary>
    /// The highest entropy that still gives a label, whatever the likeliest one: a share of the maximum (all labels
    /// equally probable), 0..1. 1 never says unknown.
    /// </summary>
    public float MaxEntropy { get; init; } = 0.95f;

    /// <summary>
    /// An emotion stays at least this long before another may follow it; only the final of an utterance corrects its
    /// interims at once.
    /// </summary>
    public double DwellSeconds { get; init; } = 1;

    /// <summary>After this long without speech the emotion is none.</summary>
    public double NoneAfterSeconds { get; init; } = 8;

    /// <summary>
    /// The options for a model, unless the user sets others: its card may have measured points, or at least thresholds.
    /// </summary>
    /// <param name="card">The model's card; null: nothing is known of it.</param>
    /// <param name="sensitivity">Which of the measured points is wanted.</param>
    public static SmootherOptions For(ModelCard? card, Sensitivity sensitivity = Sensitivity.Normal)
    {
        var fitted = Fitting(card);
        var answered = fitted.Entering(card?.Unknown?.ConfidenceBelow ?? fitted.Enter);
        if (card?.OperatingPoints is not { } points)
        {
            return answered;
        }

        // A running node may be made more sensitive: leave is below all points.
        var measured = answered.ForEmotions(card, points.At(sensitivity).Threshold);
        return measured with { Leave = Math.Min(measured.Leave, points.Points.Min(point => point.Threshold)) };
    }

    /// <summary>The options for a model where the user sets <see cref="Enter"/>: it holds for all labels, at any time.</summary>
    /// <param name="card">The model's card; null: nothing is known of it.</param>
    /// <param name="enter">What the user sets.</param>
    public static SmootherOptions For(ModelCard? card, float enter) => Fitting(card).Entering(enter);

    /// <summary>The same with a measured <see cref="Enter"/> for emotions; neutral enters as it did.</summary>
    public SmootherOptions ForEmotions(ModelCard card, float enter)
    {
        ArgumentNullException.ThrowIfNull(card);
        return Entering(enter) with
        {
            NeutralLabel = card.Labels.ToList().IndexOf(Neutral),
            EnterNeutral = Math.Min(Enter, EnterNeutral),
            InterimOdds = AnswersCoverUtterance ? 1 : MeasuredInterimOdds,
            TrustedAfterSeconds = AnswersCoverUtterance ? MeasuredTrustedAfterSeconds : 0,
        };
    }

    /// <summary>What a label must reach to become the emotion.</summary>
    /// <param name="label">The label.</param>
    /// <param name="heard">Seconds of the utterance so far, 0 or more; infinity: it is over.</param>
    public float EnterOf(int label, double heard) =>
        label == NeutralLabel ? Math.Min(Enter, EnterNeutral)
        : NeutralLabel < 0 ? Enter
        : Scale(Enter, OddsAfter(heard));

    /// <summary>The <see cref="Enter"/> that a probability of an emotion just reaches after so many seconds of its utterance.</summary>
    public float EnterReachedBy(float probability, double heard) => Scale(probability, 1 / OddsAfter(heard));

    /// <summary>The same with another <see cref="Enter"/>, which <see cref="Leave"/> follows down.</summary>
    public SmootherOptions Entering(float enter) => this with { Enter = enter, Leave = Math.Min(Leave, enter) };

    /// <summary>Checks that the options make sense together.</summary>
    /// <exception cref="ArgumentException">The first that does not.</exception>
    public void Validate()
    {
        Require(HalfLifeSeconds is >= 0 and <= 600, HalfLifeSeconds, "0..600");
        Require(Enter is > 0 and <= 1, Enter, "greater than 0, at most 1");
        Require(EnterNeutral is > 0 and <= 1, EnterNeutral, "greater than 0, at most 1");
        Require(InterimOdds is >= 1 and <= 1000, InterimOdds, "1..1000");
        Require(TrustedAfterSeconds is >= 0 and <= 600, TrustedAfterSeconds, "0..600");
        Require(Leave >= 0 && Leave <= Enter, Leave, $"0..{Enter} (enter)");
        Require(MaxEntropy is > 0 and <= 1, MaxEntropy, "greater than 0, at most 1");
        Require(DwellSeconds is >= 0 and <= 600, DwellSeconds, "0..600");
        Require(NoneAfterSeconds is > 0 and <= 86400, NoneAfterSeconds, "greater than 0, at most 86400");
    }

    /// <summary>What does not depend on any threshold of a label.</summary>
    private static SmootherOptions Fitting(ModelCard? card)
    {
        var options = new SmootherOptions();
        return options with
        {
            MaxEntropy = card?.Unknown?.EntropyAbove ?? options.MaxEntropy,
            AnswersCoverUtterance = card?.Streaming is not null,
        };
    }

    private double OddsAfter(double heard)
    {
        if (double.IsPositiveInfinity(heard))
        {
            return 1;
        }

        var late = TrustedAfterSeconds == 0 ? 0 : TrustedAfterSeconds / heard;
        return InterimOdds + (late * late * late);
    }

    /// <summary>The probability with so many times the odds; infinitely many make 1 of it, none 0.</summary>
    private static float Scale(float probability, double odds) =>
        odds <= 0 ? 0 : (float)(probability / (probability + ((1 - probability) / odds)));
}
