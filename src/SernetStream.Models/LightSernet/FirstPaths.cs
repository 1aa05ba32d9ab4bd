using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SernetStream.Models.LightSernet;

/// <summary>One of the convolutions that read the features.</summary>
/// <param name="Rows">Of its filters; odd.</param>
/// <param name="Columns">Of its filters; odd.</param>
/// <param name="Weights">Filters × rows × columns.</param>
/// <param name="Bias">One a filter.</param>
internal sealed record FirstPath(int Rows, int Columns, float[] Weights, float[] Bias)
{
    public int Filters => Bias.Length;
}

/// <summary>
/// The network's first layer: three convolutions of the features beside each other, no less than zero, then means of 2 × 2 that
/// become levels. It computes with floats, each sum in the order of its filter.
/// </summary>
internal sealed class FirstPaths
{
    private readonly int[][] _offsets;
    private readonly float[][] _weights;
    private readonly FirstPath[] _paths;
    private readonly float _scale;
    private readonly int _margin;
    private readonly int _side;
    private readonly int _channels;

    /// <param name="paths">All of a multiple of 32 filters.</param>
    /// <param name="columns">Features of a frame.</param>
    /// <param name="scale">What a level of the result stands for.</param>
    public FirstPaths(FirstPath[] paths, int columns, float scale)
    {
        (_paths, _scale) = (paths, scale);
        _channels = paths.Sum(path => path.Filters);
        _margin = paths.Max(path => path.Rows) / 2;
        _side = paths.Max(path => path.Columns) / 2;
        Pitch = columns + 1 + (2 * _side);
        Columns = columns;
        _offsets = [.. paths.Select(path => Enumerable.Range(0, path.Rows * path.Columns)
            .Select(tap => (((tap / path.Columns) - (path.Rows / 2)) * Pitch) + (tap % path.Columns) - (path.Columns / 2)).ToArray())];
        _weights = [.. paths.Select(path => Enumerable.Range(0, path.Weights.Length)
            .Select(i => path.Weights[(i % path.Filters * path.Rows * path.Columns) + (i / path.Filters)]).ToArray())];
    }

    /// <summary>Features of a frame.</summary>
    public int Columns { get; }

    /// <summary>From a row of features to the next: zeros are between them.</summary>
    public int Pitch { get; }

    /// <summary>Rows before and behind its own that a place reads.</summary>
    public int Margin => _margin;

    /// <summary>Memory for the features of a window with zeros around them.</summary>
    public float[] CreateInput(int rows) => new float[(rows + 1 + (2 * _margin)) * Pitch];

    /// <summary>Where the features of a row begin.</summary>
    public int At(int row) => ((row + _margin) * Pitch) + _side;

    public LevelImage CreateResult(int rows) => new((rows + 1) / 2, (Columns + 1) / 2, _channels);

    /// <summary>Computes an image.</summary>
    /// <param name="input">Of <see cref="CreateInput"/>.</param>
    /// <param name="rows">Frames.</param>
    /// <param name="repeats">For each whether it is the same as the one before.</param>
    /// <param name="result">Of <see cref="CreateResult"/>.</param>
    public void Apply(ReadOnlySpan<float> input, int rows, ReadOnlySpan<bool> repeats, LevelImage result)
    {
        result.RepeatsAfter(repeats, _margin);
        for (var row = 0; row < result.Rows; row++)
        {
            if (result.Repeats[row])
            {
                result.Repeat(row);
                continue;
            }

            for (var column = WideKernels.AreThere ? ComputeWhole(input, 2 * row, rows, result.From(row, 0)) : 0; column < result.Columns; column++)
            {
                ComputePlace(input, 2 * row, 2 * column, rows, result.At(row, column));
            }
        }
    }

    /// <summary>Computes the places of a row that have a column beside them; gives how many.</summary>
    private int ComputeWhole(ReadOnlySpan<float> input, int row, int rows, Span<short> levels)
    {
        var (places, hasBelow, channel) = (Columns / 2, row + 1 < rows, 0);
        for (var path = 0; path < _paths.Length; path++)
        {
            WideKernels.Path(
                in input[At(row)],
                Pitch,
                hasBelow,
                _offsets[path],
                _weights[path],
                _paths[path].Bias,
                places,
                1 / (_scale * (hasBelow ? 2 : 1) * 2),
                ref levels[channel],
                _channels);
            channel += _paths[path].Filters;
        }

        return places;
    }

    private void ComputePlace(ReadOnlySpan<float> input, int row, int column, int rows, Span<short> levels)
    {
        var place = At(row) + column;
        var (hasBelow, hasBeside) = (row + 1 < rows, column + 1 < Columns);
        var factor = new Vector<float>(1 / (_scale * (hasBelow ? 2 : 1) * (hasBeside ? 2 : 1)));
        var channel = 0;
        for (var path = 0; path < _paths.Length; path++)
        {
            for (var filter = 0; filter < _paths[path].Filters; filter += 2 * Vector<float>.Count, channel += 2 * Vector<float>.Count)
            {
                var (first, second) = Sum(input, place, path, filter, hasBelow, hasBeside);
                Vector.Narrow(Rounding.ToLevels(first * factor), Rounding.ToLevels(second * factor)).CopyTo(levels[channel..]);
            }
        }
    }

    /// <summary>The sums of four places for two vectors of filters, none less than zero, added.</summary>
    private (Vector<float> First, Vector<float> Second) Sum(
        ReadOnlySpan<float> input, int place, int path, int filter, bool hasBelow, bool hasBeside)
    {
        var (width, filters, pitch) = (Vector<float>.Count, _paths[path].Filters, Pitch);
        var bias0 = new Vector<float>(_paths[path].Bias, filter);
        var bias1 = new Vector<float>(_paths[path].Bias, filter + width);
        var (a0, a1, b0, b1, c0, c1, d0, d1) = (bias0, bias1, bias0, bias1, bias0, bias1, bias0, bias1);
        ref var weights = ref _weights[path][filter];
        ref var here = ref Unsafe.Add(ref MemoryMarshal.GetReference(input), place);
        foreach (var offset in _offsets[path])
        {
            var weight0 = Vector.LoadUnsafe(ref weights);
            var weight1 = Vector.LoadUnsafe(ref weights, (nuint)width);
            ref var at = ref Unsafe.Add(ref here, offset);
            var a = new Vector<float>(at);
            a0 += a * weight0;
            a1 += a * weight1;
            var b = new Vector<float>(Unsafe.Add(ref at, 1));
            b0 += b * weight0;
            b1 += b * weight1;
            var c = new Vector<float>(Unsafe.Add(ref at, pitch));
            c0 += c * weight0;
            c1 += c * weight1;
            var d = new Vector<float>(Unsafe.Add(ref at, pitch + 1));
            d0 += d * weight0;
            d1 += d * weight1;
            weights = ref Unsafe.Add(ref weights, filters);
        }

        var zero = Vector<float>.Zero;
        (a0, a1) = (Vector.Max(a0, zero), Vector.Max(a1, zero));
        (b0, b1) = hasBeside ? (Vector.Max(b0, zero), Vector.Max(b1, zero)) : (zero, zero);
        (c0, c1) = hasBelow ? (Vector.Max(c0, zero), Vector.Max(c1, zero)) : (zero, zero);
        (d0, d1) = hasBelow && hasBeside ? (Vector.Max(d0, zero), Vector.Max(d1, zero)) : (zero, zero);
        return (a0 + b0 + (c0 + d0), a1 + b1 + (c1 + d1));
    }
}
