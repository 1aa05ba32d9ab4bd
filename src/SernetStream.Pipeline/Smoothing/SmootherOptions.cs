using SernetStream.Models;
using static SernetStream.OptionRange;

namespace SernetStream.Pipeline.Smoothing;

/// <summary>How single classifications become the smoothed emotion. Durations are in seconds of audio.</summary>
public sealed record SmootherOptions
{
    private const string Neutral = "neutral";

    /// <summary>The <see cref="InterimOdds"/> that measured points hold with (docs/developer/at-home.md).</summary>
    private const float MeasuredInterimOdds = 4;

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
    /// How many times the odds of <see cref="Enter"/> an emotion must have while its utterance goes on, where <see cref="NeutralLabel"/>
    /// is set, 1 or more: most utterances whose first words sound so do not when all was heard.
    /// </summary>
    public float InterimOdds { get; init; } = 1;

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
        var options = new SmootherOptions();
        var answered = options.Entering(card?.Unknown?.ConfidenceBelow ?? options.Enter) with
        {
            MaxEntropy = card?.Unknown?.EntropyAbove ?? options.MaxEntropy,
        };
        if (card?.OperatingPoints is not { } points)
        {
            return answered;
        }

        // A running node may be made more sensitive: leave is below all points.
        var measured = answered.ForEmotions(card, points.At(sensitivity).Threshold);
        return measured with { Leave = Math.Min(measured.Leave, points.Points.Min(point => point.Threshold)) };
    }

    /// <summary>The same with a measured <see cref="Enter"/> for emotions; neutral enters as it did.</summary>
    public SmootherOptions ForEmotions(ModelCard card, float enter)
    {
        ArgumentNullException.ThrowIfNull(card);
        return Entering(enter) with
        {
            NeutralLabel = card.Labels.ToList().IndexOf(Neutral),
            EnterNeutral = Math.Min(Enter, EnterNeutral),
            InterimOdds = MeasuredInterimOdds,
        };
    }

    /// <summary>What a label must reach to become the emotion.</summary>
    /// <param name="label">The label.</param>
    /// <param name="isSettled">Whether the utterance is over.</param>
    public float EnterOf(int label, bool isSettled) =>
        label == NeutralLabel ? Math.Min(Enter, EnterNeutral)
        : isSettled || NeutralLabel < 0 ? Enter
        : Scale(Enter, InterimOdds);

    /// <summary>The <see cref="Enter"/> that a probability just reaches while its utterance goes on.</summary>
    public float EnterReachedBy(float interim) => Scale(interim, 1 / InterimOdds);

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
        Require(Leave >= 0 && Leave <= Enter, Leave, $"0..{Enter} (enter)");
        Require(MaxEntropy is > 0 and <= 1, MaxEntropy, "greater than 0, at most 1");
        Require(DwellSeconds is >= 0 and <= 600, DwellSeconds, "0..600");
        Require(NoneAfterSeconds is > 0 and <= 86400, NoneAfterSeconds, "greater than 0, at most 86400");
    }

    private static float Scale(float probability, float odds) => odds * probability / (1 - probability + (odds * probability));
}
