using System.Numerics.Tensors;

namespace SernetStream.Pipeline.Ingest;

/// <summary>How much sound has come: the sum of the squares of all samples that were heard. One writer; any thread may read.</summary>
public sealed class SoundEnergy
{
    private readonly Lock _gate = new();
    private double _energy;
    private long _samples;

    /// <summary>The sum of squares, and of how many samples. What is between two of them is how loud it was meanwhile.</summary>
    public (double Energy, long Samples) Total
    {
        get
        {
            lock (_gate)
            {
                return (_energy, _samples);
            }
        }
    }

    /// <summary>Takes samples of the source, −1..1.</summary>
    internal void Add(ReadOnlySpan<float> samples)
    {
        var energy = TensorPrimitives.SumOfSquares(samples);
        lock (_gate)
        {
            _energy += energy;
            _samples += samples.Length;
        }
    }
}
