using System.Collections;

namespace SernetStream;

/// <summary>
/// One number in 0..1 for each label of a model, in the model's order. Immutable: it copies the values it is given
/// and shares the labels.
/// </summary>
public sealed class EmotionScores : IReadOnlyList<KeyValuePair<string, float>>, IEquatable<EmotionScores>
{
    private readonly IReadOnlyList<string> _labels;
    private readonly float[] _values;

    /// <summary>Pairs <paramref name="labels"/> with a copy of <paramref name="values"/>.</summary>
    /// <exception cref="ArgumentException">There are not as many values as labels.</exception>
    public EmotionScores(IReadOnlyList<string> labels, ReadOnlySpan<float> values)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != values.Length)
        {
            throw new ArgumentException(
                $"{values.Length} values were given for {labels.Count} labels.", nameof(values));
        }

        _labels = labels;
        _values = values.ToArray();
    }

    /// <summary>The labels, in the model's order.</summary>
    public IReadOnlyList<string> Labels => _labels;

    /// <summary>The values, in the order of <see cref="Labels"/>.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public KeyValuePair<string, float> this[int index] => new(_labels[index], _values[index]);

    /// <summary>The value of a label, or 0 for a label that the model does not have.</summary>
    public float this[string label]
    {
        get
        {
            for (var i = 0; i < _values.Length; i++)
            {
                if (string.Equals(_labels[i], label, StringComparison.Ordinal))
                {
                    return _values[i];
                }
            }

            return 0f;
        }
    }

    /// <inheritdoc/>
    public bool Equals(EmotionScores? other) =>
        other is not null && _labels.SequenceEqual(other._labels) && _values.AsSpan().SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as EmotionScores);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var value in _values)
        {
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, float>> GetEnumerator()
    {
        for (var i = 0; i < _values.Length; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
