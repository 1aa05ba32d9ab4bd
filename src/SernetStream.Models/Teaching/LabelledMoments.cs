namespace SernetStream.Models.Teaching;

/// <summary>
/// What is kept of utterances that somebody has labelled: for each label how much there was, and the sum of the model's features.
/// Numbers alone, in which utterances that were added up cannot be taken apart. It never changes; what is added makes another.
/// </summary>
public sealed class LabelledMoments
{
    /// <summary>The share of labels that is taken to be wrong, by a slip or a joke.</summary>
    public const double WrongShare = 0.1;

    private readonly float[] _weights;
    private readonly float[] _sums;

    /// <summary>Nothing.</summary>
    public LabelledMoments(int labelCount, int featureCount)
        : this(0, new float[labelCount], new float[labelCount * featureCount])
    {
    }

    /// <summary>What was kept.</summary>
    /// <param name="count">Utterances.</param>
    /// <param name="weights">How much each label counts.</param>
    /// <param name="sums">Label by label, the sum of each feature.</param>
    public LabelledMoments(int count, float[] weights, float[] sums)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(sums);
        (Count, _weights, _sums) = (count, weights, sums);
    }

    /// <summary>How many utterances.</summary>
    public int Count { get; }

    /// <summary>How much each label counts: a little less than its utterances.</summary>
    public ReadOnlySpan<float> Weights => _weights;

    /// <summary>Label by label, the sum of each feature.</summary>
    public ReadOnlySpan<float> Sums => _sums;

    /// <summary>Features of an utterance.</summary>
    public int FeatureCount => _sums.Length / _weights.Length;

    /// <summary>The sums of one label.</summary>
    public ReadOnlySpan<float> SumOf(int label) => _sums.AsSpan(label * FeatureCount, FeatureCount);

    /// <summary>
    /// How much a label counts: how likely it is to be right, given what the model says of the utterance. A label that the model
    /// holds for impossible is rather a slip.
    /// </summary>
    /// <param name="probability">What the model gives the label.</param>
    /// <param name="labelCount">How many labels there are.</param>
    public static float WeightOf(double probability, int labelCount)
    {
        var right = (1 - WrongShare) * probability;
        return (float)(right / (right + (WrongShare / (labelCount - 1) * (1 - probability))));
    }

    /// <summary>The same with one more utterance.</summary>
    public LabelledMoments With(int label, ReadOnlySpan<float> features, float weight)
    {
        var (weights, sums) = ((float[])_weights.Clone(), (float[])_sums.Clone());
        weights[label] += weight;
        var sum = sums.AsSpan(label * FeatureCount, FeatureCount);
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += weight * features[i];
        }

        return new LabelledMoments(Count + 1, weights, sums);
    }

    /// <summary>Both together.</summary>
    public LabelledMoments Plus(LabelledMoments other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new LabelledMoments(
            Count + other.Count,
            [.. _weights.Zip(other._weights, (one, another) => one + another)],
            [.. _sums.Zip(other._sums, (one, another) => one + another)]);
    }
}
