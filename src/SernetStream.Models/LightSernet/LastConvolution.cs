using System.Numerics;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// The last convolution, 1 × 1, no less than zero; then means of neighbouring columns as levels, if the model has them; then the
/// mean over time of each of those columns, or of all, as floats.
/// </summary>
internal sealed class LastConvolution
{
    private readonly LevelLayer _layer;
    private readonly Pool? _neighbours;
    private readonly float _scale;
    private readonly short[] _weights;

    /// <param name="layer">Of 1 × 1.</param>
    /// <param name="neighbours">
    /// Pairs of columns become one, which is a feature's; null: the mean of all columns is, and there are no levels between.
    /// </param>
    /// <param name="scale">What a level stands for in the end.</param>
    public LastConvolution(LevelLayer layer, Pool? neighbours, float scale)
    {
        (_layer, _neighbours, _scale) = (layer, neighbours, scale);
        _weights = new short[layer.Inputs * layer.Outputs];
        for (var i = 0; i < _weights.Length; i++)
        {
            _weights[PairProduct.PlaceOf(i % layer.Inputs, i / layer.Inputs, layer.Outputs, layer.Inputs)] = layer.Weights[i];
        }
    }

    /// <summary>Features of an image with so many columns.</summary>
    public int FeaturesOf(int columns) => _layer.Outputs * (_neighbours is null ? 1 : columns / 2);

    /// <summary>Computes the features of an image: of each channel, all its columns.</summary>
    public void Apply(LevelImage image, TileScratch scratch, Span<float> features)
    {
        Span<int> sums = stackalloc int[features.Length];
        sums.Clear();
        Add(image, 0, image.Rows, scratch, sums);
        var divisor = image.Rows * (_neighbours is null ? image.Columns : 1);
        var groups = features.Length / _layer.Outputs;
        for (var i = 0; i < features.Length; i++)
        {
            features[i] = sums[(i % groups * _layer.Outputs) + (i / groups)] * _scale / divisor;
        }
    }

    /// <summary>Makes features of sums of the levels of so many rows.</summary>
    public void Mean(ReadOnlySpan<float> sums, float rows, Span<float> features)
    {
        var groups = features.Length / _layer.Outputs;
        for (var group = 0; group < groups; group++)
        {
            var of = sums.Slice(group * _layer.Outputs, _layer.Outputs);
            for (var output = 0; output < of.Length; output++)
            {
                features[(output * groups) + group] = of[output] * _scale / rows;
            }
        }
    }

    /// <summary>Adds the levels of some rows of an image to sums: groups of columns × outputs.</summary>
    public void Add(LevelImage image, int first, int rows, TileScratch scratch, Span<int> sums)
    {
        for (var row = first; row < first + rows; row++)
        {
            Multiply(image, row, scratch);
            for (var output = 0; output < _layer.Outputs; output += Vector<int>.Count)
            {
                AddRow(image.Columns, output, scratch.Products, sums);
            }
        }
    }

    private void Multiply(LevelImage image, int row, TileScratch scratch)
    {
        image.From(row, 0)[..(image.Columns * image.Channels)].CopyTo(scratch.Inputs);
        PairProduct.Multiply(1, scratch.Inputs, 0, image.Columns, _weights, _layer.Outputs, _layer.Inputs, scratch.Products, 0);
    }

    /// <summary>Adds the levels of a row to the sums.</summary>
    private void AddRow(int columns, int output, ReadOnlySpan<int> products, Span<int> sums)
    {
        var bias = new Vector<int>(_layer.Bias, output);
        var factors = new Vector<float>(_layer.Factors, output);
        var groups = sums.Length / _layer.Outputs;
        var width = _neighbours is null ? columns : 2;
        for (var group = 0; group < groups; group++)
        {
            var sum = Vector<int>.Zero;
            for (var column = group * width; column < (group + 1) * width; column++)
            {
                var product = new Vector<int>(products[((column * _layer.Outputs) + output)..]);
                sum += Rounding.ToLevels(Vector.ConvertToSingle(product + bias) * factors);
            }

            sum = _neighbours?.Of(sum, isHalf: false) ?? sum;
            var to = sums[((group * _layer.Outputs) + output)..];
            (new Vector<int>(to) + sum).CopyTo(to);
        }
    }
}
