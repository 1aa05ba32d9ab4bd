using System.Numerics;
using SernetStream.Dsp.Simd;

namespace SernetStream.Speech.Silero;

/// <summary>
/// The network's memory, a layer of long short-term memory (S. Hochreiter and J. Schmidhuber, Neural Computation 9(8), 1997,
/// with the forget gate of F. Gers and others, 2000): it carries 128 numbers and an output from step to step.
/// </summary>
internal sealed class MemoryCell
{
    /// <summary>Numbers that it remembers.</summary>
    public const int Size = 128;

    /// <summary>The output is between −1 and 1: in this unit, it has 13 bits.</summary>
    private const float OutputUnit = 1f / (1 << SileroWeights.OutputBits);

    private readonly bool _isVector;
    private readonly float[] _remembered = new float[Size];
    private readonly float[] _output = new float[Size];
    private readonly float[] _gates = new float[4 * Size];
    private readonly short[] _levels = new short[Size];
    private readonly int[] _sums = new int[4 * Size];

    public MemoryCell(SimdMode mode) => _isVector = mode == SimdMode.Fastest && Vector.IsHardwareAccelerated;

    /// <summary>What it gave for the last step.</summary>
    public ReadOnlySpan<float> Output => _output;

    /// <summary>Takes the encoder's output of the next step.</summary>
    public void Step(ReadOnlySpan<float> input)
    {
        var weights = SileroWeights.Shared;
        Add(weights.GatesOfInput, input, Levels.UnitOf(input, weights.GatesOfInput.Shape.InputBits, _isVector), weights.GateBias);
        Add(weights.GatesOfOutput, _output, OutputUnit, _gates);
        if (_isVector && WideSums.AreThere)
        {
            WideSums.Remember(_gates, _remembered, _output);
            return;
        }

        var n = 0;
        for (; _isVector && n + Vector<float>.Count <= Size; n += Vector<float>.Count)
        {
            var (admit, keep) = (Sigmoid.Of(new Vector<float>(_gates, n)), Sigmoid.Of(new Vector<float>(_gates, Size + n)));
            var (news, show) = (Sigmoid.Tanh(new Vector<float>(_gates, (2 * Size) + n)), Sigmoid.Of(new Vector<float>(_gates, (3 * Size) + n)));
            var remembered = (keep * new Vector<float>(_remembered, n)) + (admit * news);
            remembered.CopyTo(_remembered, n);
            (show * Sigmoid.Tanh(remembered)).CopyTo(_output, n);
        }

        for (; n < Size; n++)
        {
            var (admit, keep) = (Sigmoid.Of(_gates[n]), Sigmoid.Of(_gates[Size + n]));
            var (news, show) = (Sigmoid.Tanh(_gates[(2 * Size) + n]), Sigmoid.Of(_gates[(3 * Size) + n]));
            _remembered[n] = (keep * _remembered[n]) + (admit * news);
            _output[n] = show * Sigmoid.Tanh(_remembered[n]);
        }
    }

    /// <summary>Forgets all steps.</summary>
    public void Clear()
    {
        Array.Clear(_remembered);
        Array.Clear(_output);
        Array.Clear(_gates);
        Array.Clear(_levels);
        Array.Clear(_sums);
    }

    private void Add(LevelMatrix weights, ReadOnlySpan<float> inputs, float unit, ReadOnlySpan<float> before)
    {
        Levels.Round(inputs, unit, _levels, _isVector);
        Array.Clear(_sums);
        PairSum.Add(weights, 0, _levels, _sums, _isVector);
        weights.Finish(_sums, unit, before, float.NegativeInfinity, _gates, _isVector);
    }
}
