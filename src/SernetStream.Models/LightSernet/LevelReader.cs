using System.Globalization;
using SernetStream.Models.Onnx;
using static SernetStream.Models.LightSernet.GraphCursor;

namespace SernetStream.Models.LightSernet;

/// <summary>Reads layers of 8-bit levels from a graph, one behind the other.</summary>
/// <param name="cursor">Where the graph is read.</param>
internal abstract class LevelReader(GraphCursor cursor)
{
    protected GraphCursor Cursor { get; } = cursor;

    /// <summary>The tensor that was read last.</summary>
    protected string Image { get; set; } = "";

    /// <summary>Its rows.</summary>
    protected int Rows { get; set; }

    /// <summary>Its columns.</summary>
    protected int Columns { get; set; }

    /// <summary>Its channels.</summary>
    protected int Channels { get; set; }

    /// <summary>What a level of it stands for.</summary>
    protected float Scale { get; set; }

    protected static string MeanOf(string places) => $"ceil_mode=1 kernel_shape={places} pads=0,0,0,0 strides={places}";

    protected static string Convolution(int group, int rows, int columns, string pads) =>
        $"dilations=1,1 group={group} kernel_shape={rows},{columns} pads={pads} strides=1,1";

    protected static string Declared(string name, params ReadOnlySpan<int> sizes) =>
        $"{name} {string.Join(',', sizes.ToArray().Select(size => size.ToString(CultureInfo.InvariantCulture)))}";

    /// <summary>A convolution of the features, no less than zero, then means of 2 × 2.</summary>
    /// <param name="input">The features.</param>
    /// <param name="isLate">Whether there are no zeros before and behind them: the rows that it needs more are there.</param>
    /// <param name="image">The means.</param>
    protected FirstPath Path(string input, bool isLate, out string image)
    {
        var shape = Cursor.NextShape;
        Require(shape is [> 0 and <= 1024, 1, > 0 and <= 31, > 0 and <= 31]);
        var (filters, rows, columns) = ((int)shape[0], (int)shape[2], (int)shape[3]);
        Require(filters % PairProduct.Columns == 0 && rows % 2 == 1 && columns % 2 == 1);
        var (above, beside) = (isLate ? 0 : rows / 2, columns / 2);
        var node = Cursor.Take("Conv", Convolution(1, rows, columns, $"{above},{beside},{above},{beside}"), input, null, null);
        var rectified = Cursor.Result("Relu", "", node.Outputs[0]);
        image = Cursor.Result("AveragePool", MeanOf("2,2"), rectified);
        return new FirstPath(rows, columns, Cursor.Floats(node.Inputs[1], shape), Cursor.Floats(node.Inputs[2], filters));
    }

    /// <summary>A convolution of levels, no less than zero.</summary>
    protected LevelLayer Layer(int kernel, string pads)
    {
        var shape = Cursor.NextShape;
        Require(shape.Length == 4 && shape[0] is > 0 and <= 4096 && shape[0] % PairProduct.Columns == 0);
        Require(Channels <= TileTransform.MostChannels || kernel == 1);
        var outputs = (int)shape[0];
        var weight = Cursor.Take("DequantizeLinear", "axis=0", null, null, null);
        var bias = Cursor.Take("DequantizeLinear", "axis=0", null, null, null);
        var convolved = Cursor.Result("Conv", Convolution(1, kernel, kernel, pads), Image, weight.Outputs[0], bias.Outputs[0]);
        Cursor.RequireZero(weight.Inputs[2], OnnxConstant.SignedByte);
        Cursor.RequireZero(bias.Inputs[2], OnnxConstant.Int);
        var weights = Cursor.SignedBytes(weight.Inputs[0], outputs, Channels, kernel, kernel);
        Require(weights.All(level => level is >= -63 and <= 63));
        var scales = Cursor.Floats(weight.Inputs[1], outputs);
        var scale = Scale;
        Image = Cursor.Result("Relu", "", convolved);
        Quantised();
        var layer = new LevelLayer(
            Channels, outputs, weights, Cursor.Ints(bias.Inputs[0], outputs), [.. scales.Select(of => scale * of / Scale)]);
        Require(layer.Bias.All(level => level is > -(1 << 30) and < 1 << 30));
        Channels = outputs;
        return layer;
    }

    /// <summary>The means behind a convolution of the body.</summary>
    protected Pool BodyPool()
    {
        if (Cursor.Next == "DequantizeLinear")
        {
            return LevelPool(2, Cursor.NextShape is [_, _, _, 2] ? 2 : 1);
        }

        foreach (var columns in (int[])[2, 1])
        {
            if (Cursor.NextAttributes == MeanOf($"2,{columns}"))
            {
                Require(Columns % columns == 0);
                var (scale, all) = (Scale, 2 * columns);
                Image = Cursor.Result("AveragePool", Cursor.NextAttributes, Image);
                Quantised();
                (Rows, Columns) = ((Rows + 1) / 2, Columns / columns);
                return new Pool(columns, 1, scale / (all * Scale), scale / (columns * Scale));
            }
        }

        throw new OtherNetworkException();
    }

    /// <summary>A mean of whole windows, which the file has as a convolution of each channel by itself.</summary>
    protected Pool LevelPool(int rows, int columns)
    {
        Require(Rows % rows == 0 && Columns % columns == 0);
        var weight = Cursor.Take("DequantizeLinear", "axis=0", null, null, null);
        Cursor.RequireZero(weight.Inputs[2], OnnxConstant.SignedByte);
        var levels = Cursor.SignedBytes(weight.Inputs[0], Channels, 1, rows, columns);
        var scales = Cursor.Floats(weight.Inputs[1], Channels);
        Require(levels[0] > 0 && levels.All(level => level == levels[0]) && scales.All(of => of == scales[0]));
        var scale = Scale;
        Image = Cursor.Result(
            "Conv", $"group={Channels} kernel_shape={rows},{columns} pads=0,0,0,0 strides={rows},{columns}", Image, weight.Outputs[0]);
        Quantised();
        (Rows, Columns) = (Rows / rows, Columns / columns);
        return new Pool(columns, levels[0], scale * scales[0] / Scale, null);
    }

    /// <summary>The image becomes levels, and is read as what they stand for.</summary>
    protected void Quantised()
    {
        var levels = Cursor.Take("QuantizeLinear", "", Image, null, null);
        var image = Cursor.Take("DequantizeLinear", "axis=1", levels.Outputs[0], null, null);
        Require(levels.Inputs.AsSpan(1).SequenceEqual(image.Inputs.AsSpan(1)));
        Cursor.RequireZero(levels.Inputs[2], OnnxConstant.Byte);
        (Image, Scale) = (image.Outputs[0], Cursor.Float(levels.Inputs[1]));
        Require(Scale > 0);
    }
}
