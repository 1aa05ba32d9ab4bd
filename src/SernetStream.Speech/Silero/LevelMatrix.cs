using System.Numerics;
using SernetStream.Dsp.Simd;

namespace SernetStream.Speech.Silero;

/// <summary>
/// Weights as integers of 16 bits, each output's in a unit of its own: the smallest for which no sum of weights times inputs leaves
/// 32 bits. Integers add up to the same in any order, so for any width of vectors.
/// </summary>
internal sealed class LevelMatrix
{
    private readonly Memory<short> _weights;
    private readonly float[] _units;

    /// <summary>Makes it of floats.</summary>
    /// <param name="weights">Outputs × inputs × taps; of each group of taps, those that are kept come first.</param>
    /// <param name="shape">Its size.</param>
    /// <param name="tapsInFile">Size of a group of taps.</param>
    public LevelMatrix(ReadOnlySpan<float> weights, LevelShape shape, int tapsInFile = 1)
    {
        Shape = shape;
        _weights = CacheLines.Allocate<short>(shape.Outputs * shape.LengthOfOutput);
        _units = new float[shape.Outputs];
        for (var output = 0; output < shape.Outputs; output++)
        {
            var own = weights.Slice(output * shape.Inputs * tapsInFile, (shape.Inputs * tapsInFile) - (tapsInFile - shape.Taps));
            _units[output] = UnitOf(own, tapsInFile);
            Round(own, tapsInFile, output);
        }
    }

    /// <summary>Its size.</summary>
    public LevelShape Shape { get; }

    /// <summary>What an integer of each output is worth.</summary>
    public ReadOnlySpan<float> Units => _units;

    /// <summary>
    /// Block by block of outputs; of a block, tap by tap and pair by pair of inputs; of a pair, the two weights of one output after the
    /// other. So they are read in the order in which they lie.
    /// </summary>
    public ReadOnlySpan<short> Weights => _weights.Span;

    /// <summary>What the sums of each output are worth, added to what was there before.</summary>
    /// <param name="sums">Of weights times inputs.</param>
    /// <param name="unit">What an integer of the inputs is worth.</param>
    /// <param name="before">As many as sums.</param>
    /// <param name="least">Results are no less.</param>
    /// <param name="results">As many as sums.</param>
    /// <param name="isVector">Which implementation runs.</param>
    public void Finish(ReadOnlySpan<int> sums, float unit, ReadOnlySpan<float> before, float least, Span<float> results, bool isVector)
    {
        if (isVector && WideSums.AreThere)
        {
            WideSums.Finish(sums, _units, unit, before, least, results);
            return;
        }

        var n = 0;
        for (; isVector && n + Vector<float>.Count <= results.Length; n += Vector<float>.Count)
        {
            var values = Vector.ConvertToSingle(new Vector<int>(sums[n..])) * (new Vector<float>(_units, n) * new Vector<float>(unit));
            Vector.Max(new Vector<float>(before[n..]) + values, new Vector<float>(least)).CopyTo(results[n..]);
        }

        for (; n < results.Length; n++)
        {
            results[n] = Math.Max(before[n] + (sums[n] * (_units[n] * unit)), least);
        }
    }

    private float UnitOf(ReadOnlySpan<float> weights, int tapsInFile)
    {
        var (above, below, largest) = (0.0, 0.0, 0.0);
        for (var first = 0; first < weights.Length; first += tapsInFile)
        {
            foreach (double weight in weights.Slice(first, Shape.Taps))
            {
                (above, below) = (above + Math.Max(weight, 0), below - Math.Min(weight, 0));
                largest = Math.Max(largest, Math.Abs(weight));
            }
        }

        // Rounded, each weight may be half a unit more.
        var room = (double)(1 << (31 - Shape.InputBits)) - (Shape.Taps * Shape.Inputs);
        var unit = Math.Max((Shape.IsSigned ? above + below : Math.Max(above, below)) / room, largest / short.MaxValue);
        return unit > 0 ? (float)unit : 1;
    }

    private void Round(ReadOnlySpan<float> weights, int tapsInFile, int output)
    {
        var each = 1.0 / _units[output];
        var all = _weights.Span;
        for (var input = 0; input < Shape.Inputs; input++)
        {
            for (var tap = 0; tap < Shape.Taps; tap++)
            {
                all[Shape.PlaceOf(tap, input, output)] =
                    (short)Math.Clamp(Math.Round(weights[(input * tapsInFile) + tap] * each), -short.MaxValue, short.MaxValue);
            }
        }
    }
}

/// <summary>The size of a <see cref="LevelMatrix"/>.</summary>
/// <param name="Taps">Frames that a sum reads.</param>
/// <param name="Inputs">Of a frame.</param>
/// <param name="Outputs">Sums.</param>
/// <param name="InputBits">Inputs are at most 2 to the power of this; at most 14.</param>
/// <param name="IsSigned">Whether inputs may be less than zero.</param>
internal readonly record struct LevelShape(int Taps, int Inputs, int Outputs, int InputBits, bool IsSigned = false)
{
    /// <summary>Outputs that are computed together, in registers.</summary>
    public const int Block = 64;

    /// <summary>Pairs of inputs; the last may be half empty.</summary>
    public int Pairs => (Inputs + 1) / 2;

    /// <summary>Weights of an output.</summary>
    public int LengthOfOutput => Taps * Pairs * 2;

    /// <summary>Where a weight lies.</summary>
    public int PlaceOf(int tap, int input, int output)
    {
        var (block, place) = Math.DivRem(output, Block);
        return (block * Block * LengthOfOutput) + ((((tap * Pairs) + (input / 2)) * Block) + place) * 2 + (input % 2);
    }
}
