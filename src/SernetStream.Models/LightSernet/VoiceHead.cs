namespace SernetStream.Models.LightSernet;

/// <summary>The last layer: features become logits, and these probabilities.</summary>
/// <param name="Weights">Labels × features.</param>
/// <param name="Bias">One a label.</param>
internal sealed record Head(float[] Weights, float[] Bias)
{
    public void Apply(ReadOnlySpan<float> features, Span<float> probabilities)
    {
        var largest = float.NegativeInfinity;
        for (var label = 0; label < Bias.Length; label++)
        {
            probabilities[label] = FixedSum.OfProducts(features, Weights.AsSpan(label * features.Length, features.Length)) + Bias[label];
            largest = Math.Max(largest, probabilities[label]);
        }

        var sum = 0f;
        foreach (ref var value in probabilities)
        {
            value = (float)Math.Exp(value - largest);
            sum += value;
        }

        foreach (ref var value in probabilities)
        {
            value /= sum;
        }
    }
}

/// <summary>
/// The baseline of a microphone, as in <c>light-sernet-normalised</c>: features are standardised, and what is usual is taken from
/// them the more, the more utterances were heard.
/// </summary>
/// <param name="Mean">Of each feature in the training.</param>
/// <param name="Deviation">Of each feature there.</param>
/// <param name="Learnt">So many features count without a baseline, too; those behind them only as far as one is trusted.</param>
/// <param name="Trust">Utterances after which what is usual counts for half.</param>
/// <param name="Memory">Utterances over which the baseline is a mean.</param>
internal sealed record VoiceBaseline(float[] Mean, float[] Deviation, int Learnt, float Trust, float Memory)
{
    /// <summary>Numbers of a baseline.</summary>
    public int Size => Mean.Length + 1;

    /// <summary>Compares features with a baseline.</summary>
    /// <param name="features">Become the differences.</param>
    /// <param name="usual">The baseline.</param>
    /// <param name="after">Takes the baseline with these features.</param>
    public void Apply(Span<float> features, ReadOnlySpan<float> usual, Span<float> after)
    {
        var heard = usual[^1];
        var trust = heard / (heard + Trust);
        for (var i = 0; i < features.Length; i++)
        {
            var feature = (features[i] - Mean[i]) / Deviation[i];
            features[i] = i < Learnt ? feature - (trust * usual[i]) : trust * (feature - usual[i]);
            after[i] = ((usual[i] * heard) + feature) / (heard + 1);
        }

        after[^1] = Math.Min(heard + 1, Memory);
    }
}
