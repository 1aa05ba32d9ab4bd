namespace SernetStream.Models;

/// <summary>
/// The thresholds below which a model gives no answer, chosen on unseen speakers. Both bounds are on calibrated
/// probabilities; null means no bound.
/// </summary>
/// <param name="ConfidenceBelow">The answer is unknown if the likeliest label is less probable than this, 0..1.</param>
/// <param name="EntropyAbove">It is unknown if the normalised entropy (<see cref="Certainty.Entropy"/>) is above this, 0..1.</param>
public sealed record UnknownThresholds(float? ConfidenceBelow, float? EntropyAbove)
{
    /// <summary>Whether these probabilities, one a label, are too unsure for an answer.</summary>
    public bool Hold(ReadOnlySpan<float> probabilities) =>
        probabilities[Certainty.Likeliest(probabilities)] < ConfidenceBelow || Certainty.Entropy(probabilities) > EntropyAbove;
}

/// <summary>How sure a distribution over labels is.</summary>
public static class Certainty
{
    /// <summary>Index of the largest probability; the first of equal ones.</summary>
    public static int Likeliest(ReadOnlySpan<float> probabilities)
    {
        var likeliest = 0;
        for (var i = 1; i < probabilities.Length; i++)
        {
            likeliest = probabilities[i] > probabilities[likeliest] ? i : likeliest;
        }

        return likeliest;
    }

    /// <summary>Shannon's entropy as a share of the largest there can be: 0 if one label is certain, 1 if all are alike.</summary>
    public static double Entropy(ReadOnlySpan<float> probabilities)
    {
        var sum = 0.0;
        foreach (var probability in probabilities)
        {
            sum -= probability > 0 ? probability * Math.Log(probability) : 0;
        }

        // Rounding must not make of "all alike" a little more than the largest there is.
        return Math.Min(sum / Math.Log(probabilities.Length), 1);
    }
}
