namespace SernetStream.Models.Teaching;

/// <summary>
/// What follows from labelled utterances: how people sound here apart from their moods, which is taken from the features, and how each
/// mood sounds here, which moves the answers. Measured by <c>python3 -m sernet.enrol</c>.
/// </summary>
/// <remarks>
/// With x the features of an utterance labelled y, m the model's usual moods and w its weight: the offset of the people here is the
/// mean of x − m(y), so that it does not matter which moods were labelled. What is left of a label's utterances beside m and the
/// offset, as if <see cref="Prior"/> more had been usual, is d. A label's logit moves by <see cref="Pull"/> / features × ((x − offset −
/// m) · d − |d|² / 2): by how much likelier the utterance is of the label as it sounds here than as it usually sounds.
/// A model with a baseline is told the offset as what is usual. Where the logits are weights times the features, taking the offset from
/// the features moves each by the same in every utterance, and that is part of the lesson.
/// </remarks>
public sealed class Lesson
{
    /// <summary>Utterances after which the offset counts half; as the model trusts what is usual.</summary>
    internal const float Trust = 2;

    /// <summary>Utterances of a label after which it counts half how the label sounds here.</summary>
    internal const float Prior = 5;

    /// <summary>How much a label's sound moves the answer.</summary>
    internal const float Pull = 10;

    private readonly float[][] _weights;
    private readonly float[] _biases;
    private readonly float[] _moves;

    private Lesson(float[] usual, float[][] weights, float[] biases)
    {
        (Usual, _weights, _biases, _moves) = (usual, weights, biases, new float[biases.Length]);
    }

    /// <summary>
    /// What the model is told to be usual: features, and behind them how many utterances they are of; empty for a model that cannot be told.
    /// </summary>
    public float[] Usual { get; }

    /// <summary>Draws the lesson; null if nothing was labelled.</summary>
    public static Lesson? Of(LabelledMoments labelled, UsualMoods moods)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        ArgumentNullException.ThrowIfNull(moods);
        var total = 0f;
        var offset = new float[moods.FeatureCount];
        for (var label = 0; label < moods.LabelCount; label++)
        {
            total += labelled.Weights[label];
            AddSurplus(labelled, moods, label, offset);
        }

        if (total <= 0)
        {
            return null;
        }

        var usual = new float[offset.Length + 1];
        usual[^1] = total;
        for (var i = 0; i < offset.Length; i++)
        {
            usual[i] = moods.Mean[i] + (offset[i] / total);
            offset[i] /= total + Trust;
        }

        var weights = new float[moods.LabelCount][];
        var biases = new float[moods.LabelCount];
        for (var label = 0; label < moods.LabelCount; label++)
        {
            (weights[label], biases[label]) = HeadOf(labelled, moods, label, offset);
            biases[label] -= moods.FallOf(label, offset);
        }

        return new Lesson(moods.IsTold ? usual : [], weights, biases);
    }

    /// <summary>Moves what a model says of an utterance. One thread at a time; nothing is allocated.</summary>
    /// <param name="features">The model's features of it.</param>
    /// <param name="output">What it says.</param>
    /// <param name="kind">What <paramref name="output"/> holds.</param>
    internal void Apply(ReadOnlySpan<float> features, Span<float> output, OutputKind kind)
    {
        for (var label = 0; label < _moves.Length; label++)
        {
            _moves[label] = _biases[label];
            for (var i = 0; i < features.Length; i++)
            {
                _moves[label] += features[i] * _weights[label][i];
            }
        }

        if (kind == OutputKind.Logits)
        {
            Add(output, _moves);
            return;
        }

        // Logarithms of probabilities are logits up to a constant.
        for (var label = 0; label < output.Length; label++)
        {
            output[label] = MathF.Log(Math.Max(output[label], float.Epsilon));
        }

        Add(output, _moves);
        Calibration.Apply(output, OutputKind.Logits, temperature: 1);
    }

    private static void Add(Span<float> sum, ReadOnlySpan<float> values)
    {
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += values[i];
        }
    }

    /// <summary>Adds what a label's utterances are beside how it usually sounds.</summary>
    private static void AddSurplus(LabelledMoments labelled, UsualMoods moods, int label, Span<float> sum)
    {
        var heard = labelled.SumOf(label);
        var usual = moods.Of(label);
        var weight = labelled.Weights[label];
        for (var i = 0; i < sum.Length; i++)
        {
            sum[i] += heard[i] - (weight * usual[i]);
        }
    }

    private static (float[] Weights, float Bias) HeadOf(LabelledMoments labelled, UsualMoods moods, int label, ReadOnlySpan<float> offset)
    {
        var weight = labelled.Weights[label];
        var usual = moods.Of(label);
        var difference = new float[offset.Length];
        AddSurplus(labelled, moods, label, difference);
        var bias = 0f;
        for (var i = 0; i < difference.Length; i++)
        {
            difference[i] = (difference[i] - (weight * offset[i])) / (weight + Prior);
            bias -= (difference[i] * (usual[i] + offset[i])) + (difference[i] * difference[i] / 2);
        }

        var scale = Pull / offset.Length;
        for (var i = 0; i < difference.Length; i++)
        {
            difference[i] *= scale;
        }

        return (difference, bias * scale);
    }
}
