namespace SernetStream.Pipeline.Smoothing;

/// <summary>
/// What the windows of an utterance say together: the geometric mean of their probabilities. One window that is sure of what the
/// others exclude counts little; what all of them find likely counts most.
/// </summary>
/// <param name="labelCount">Probabilities in a window.</param>
internal sealed class UtteranceMean(int labelCount)
{
    /// <summary>Added to each probability, so that one window alone cannot exclude a label.</summary>
    private const double Floor = 1e-6;

    private readonly double[] _logs = new double[labelCount];
    private int _count;

    /// <summary>Takes the next window.</summary>
    public void Add(ReadOnlySpan<float> probabilities)
    {
        for (var i = 0; i < _logs.Length; i++)
        {
            _logs[i] += Math.Log(probabilities[i] + Floor);
        }

        _count++;
    }

    /// <summary>The mean of the windows since <see cref="Clear"/>, at least one; its sum is 1.</summary>
    public void CopyTo(Span<float> mean)
    {
        var sum = 0.0;
        foreach (var log in _logs)
        {
            sum += Math.Exp(log / _count);
        }

        for (var i = 0; i < _logs.Length; i++)
        {
            mean[i] = (float)(Math.Exp(_logs[i] / _count) / sum);
        }
    }

    /// <summary>Another utterance begins.</summary>
    public void Clear()
    {
        Array.Clear(_logs);
        _count = 0;
    }
}
