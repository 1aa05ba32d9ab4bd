using SernetStream.Models.Teaching;

namespace SernetStream.Models;

/// <summary>
/// What the classifications of one stream leave behind: the baseline of its microphone. With it, a few classifiers serve
/// many streams. Any thread may take a copy.
/// </summary>
public sealed class ClassifierMemory
{
    private readonly Lock _gate = new();
    private readonly float[] _baseline;

    internal ClassifierMemory(int size) => _baseline = new float[size];

    /// <summary>By what labels the stream is judged; null: as the model was trained.</summary>
    internal Lesson? Lesson { get; set; }

    /// <summary>The baseline as it is now; empty for a model that has none.</summary>
    public float[] Save()
    {
        lock (_gate)
        {
            return [.. _baseline];
        }
    }

    /// <summary>Goes on with a baseline that was saved elsewhere.</summary>
    /// <param name="baseline">What <see cref="Save"/> gave, of a stream of the same model.</param>
    /// <exception cref="ArgumentException">It is another model's: its length is wrong, or it holds what is no number.</exception>
    public void Restore(ReadOnlySpan<float> baseline)
    {
        if (baseline.Length != _baseline.Length || !Dsp.Finite.All(baseline))
        {
            throw new ArgumentException(
                $"baseline holds {baseline.Length} numbers; it must be {_baseline.Length}, all of them finite.", nameof(baseline));
        }

        CopyFrom(baseline);
    }

    internal void CopyTo(Span<float> state)
    {
        lock (_gate)
        {
            _baseline.CopyTo(state);
        }
    }

    internal void CopyFrom(ReadOnlySpan<float> state)
    {
        lock (_gate)
        {
            state.CopyTo(_baseline);
        }
    }
}
