namespace SernetStream.Models.Teaching;

/// <summary>
/// What each label usually sounds like to a model: the mean of its features over speakers that it knows. It is what a labelled
/// utterance is compared with, so that how a person sounds is not taken for the mood they were in.
/// </summary>
public sealed class UsualMoods
{
    private readonly float[] _values;
    private readonly float[]? _head;

    /// <param name="values">Label by label, the means of all features.</param>
    /// <param name="labelCount">How many labels the model has.</param>
    /// <param name="head">
    /// Label by label, by how much its logit rises with each feature, if the model makes logits of features by these weights alone;
    /// null: it is told what is usual, and takes it from the features itself.
    /// </param>
    public UsualMoods(float[] values, int labelCount, float[]? head = null)
    {
        ArgumentNullException.ThrowIfNull(values);
        (_values, LabelCount, _head) = (values, labelCount, head);
        Mean = new float[FeatureCount];
        for (var i = 0; i < values.Length; i++)
        {
            Mean[i % FeatureCount] += values[i] / labelCount;
        }
    }

    /// <summary>Labels there are means of.</summary>
    public int LabelCount { get; }

    /// <summary>Features of each.</summary>
    public int FeatureCount => _values.Length / LabelCount;

    /// <summary>The mean over all labels: somebody who is in each of the moods as often.</summary>
    internal float[] Mean { get; }

    /// <summary>Means of one label.</summary>
    public ReadOnlySpan<float> Of(int label) => _values.AsSpan(label * FeatureCount, FeatureCount);

    /// <summary>Whether a model is told what is usual; otherwise its answers move by as much as if it were.</summary>
    internal bool IsTold => _head is null;

    /// <summary>By how much a label's logit falls if something is taken from the features; 0 for a model that is told.</summary>
    internal float FallOf(int label, ReadOnlySpan<float> taken)
    {
        var fall = 0f;
        for (var i = 0; _head is not null && i < taken.Length; i++)
        {
            fall += _head[(label * FeatureCount) + i] * taken[i];
        }

        return fall;
    }
}
