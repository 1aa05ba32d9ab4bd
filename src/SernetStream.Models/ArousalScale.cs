namespace SernetStream.Models;

/// <summary>
/// How aroused a voice is, from calm (0) to excited (1): the expectation of a number for each label over the model's
/// distribution. Arousal is one of the two axes of the circumplex model (J. A. Russell, "A circumplex model of affect",
/// Journal of Personality and Social Psychology 39(6), 1980), and what confused labels mostly have in common.
/// </summary>
/// <remarks>
/// Which labels lie high and which low is after that model; the numbers, and the order of neighbours, are this project's
/// own choice, not ratings. A card may say others.
/// </remarks>
public sealed class ArousalScale
{
    private readonly float[]? _values;

    /// <summary>Takes the numbers of a model's labels: those of its card, or else of <see cref="Table"/>.</summary>
    public ArousalScale(ModelCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        var values = card.Labels.Select(label => ValueOf(label, card.Arousal)).ToList();
        _values = values.Contains(null) ? null : [.. values.Select(value => value!.Value)];
    }

    /// <summary>Arousal by label, 0..1, highest first.</summary>
    public static IReadOnlyDictionary<string, float> Table { get; } = new Dictionary<string, float>(StringComparer.Ordinal)
    {
        ["anger"] = 0.9f,
        ["fear"] = 0.85f,
        ["surprise"] = 0.8f,
        ["happiness"] = 0.75f,
        ["disgust"] = 0.6f,
        ["neutral"] = 0.4f,
        ["sadness"] = 0.25f,
        ["calm"] = 0.2f,
        ["boredom"] = 0.15f,
    };

    /// <summary>The expectation over a distribution.</summary>
    /// <param name="probabilities">One a label, in the card's order, summing to 1 or all 0.</param>
    /// <returns>0..1; null if a label has no number, or if nothing was heard (all are 0).</returns>
    public float? Expectation(ReadOnlySpan<float> probabilities)
    {
        if (_values is null)
        {
            return null;
        }

        var (sum, weight) = (0.0, 0.0);
        for (var i = 0; i < probabilities.Length; i++)
        {
            sum += probabilities[i] * (double)_values[i];
            weight += probabilities[i];
        }

        return weight > 0 ? (float)(sum / weight) : null;
    }

    private static float? ValueOf(string label, IReadOnlyDictionary<string, float>? own) =>
        own is not null && own.TryGetValue(label, out var said) ? said
        : Table.TryGetValue(label, out var known) ? known
        : null;
}
