using System.Globalization;
using System.Numerics;
using SernetStream.Models.Onnx;
using static SernetStream.Models.LightSernet.GraphCursor;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// Reads <c>light-sernet</c> and <c>light-sernet-normalised</c> in int8 from the ONNX file that <c>sernet.export</c> writes. It goes
/// through the graph node by node; if any is not just what it should be, the model is another, and ONNX Runtime computes it.
/// </summary>
internal sealed class LightSernetReader
{
    private readonly ModelCard _card;
    private readonly GraphCursor _cursor;

    // The tensor that was read last: its name, and its rows, columns and channels; what a level of it stands for.
    private string _image;
    private int _rows;
    private int _columns;
    private int _channels;
    private float _scale;

    private LightSernetReader(ModelCard card, OnnxGraph graph)
    {
        (_card, _cursor) = (card, new GraphCursor(graph));
        (_image, _rows, _columns) = (card.InputName, card.FrontEnd.FrameCount, card.FrontEnd.FrameFeatures);
        HashSet<string> inputs = [Declared(card.InputName, 1, 1, _rows, _columns)], outputs = [Declared(card.OutputName, 1, card.Labels.Count)];
        if (card.Adaptation is { } voice)
        {
            inputs.Add(Declared(voice.InputName, 1, voice.Size));
            outputs.Add(Declared(voice.OutputName, 1, voice.Size));
        }

        Require(inputs.SetEquals(graph.Inputs) && outputs.SetEquals(graph.Outputs));
    }

    /// <summary>Reads a model; null: it is another network, or this machine has no vectors.</summary>
    public static LightSernetNetwork? TryRead(ModelPackage package)
    {
        if (!Vector.IsHardwareAccelerated || package.Card.Precision != "int8" || package.Card.Layout != InputLayout.Nchw)
        {
            return null;
        }

        try
        {
            return new LightSernetReader(package.Card, OnnxGraph.Read(package.File)).Read();
        }
        catch (Exception error) when (error is OtherNetworkException or InvalidDataException or ArgumentException)
        {
            return null;
        }
    }

    private static string Declared(string name, params ReadOnlySpan<int> sizes) =>
        $"{name} {string.Join(',', sizes.ToArray().Select(size => size.ToString(CultureInfo.InvariantCulture)))}";

    private LightSernetNetwork Read()
    {
        var frames = _rows;
        var head = new HeadReader(_cursor, _card);
        var normalisation = _cursor.Next == "ReduceMean" ? head.Normalisation(ref _image) : null;
        Require(normalisation is null == _card.Adaptation is null);
        var paths = Paths();
        var most = _channels;
        List<TileConvolution> body = [];
        while (_cursor.NextShape is [_, _, 3, 3])
        {
            var layer = Layer(kernel: 3);
            body.Add(new TileConvolution(layer, BodyPool()));
            most = Math.Max(most, layer.Outputs);
        }

        Require(body.Count > 0);
        var final = Layer(kernel: 1);
        var neighbours = normalisation is null ? null : LevelPool(rows: 1, columns: 2);
        var (voice, last) = normalisation is null ? head.Plain(_image, _channels) : head.WithBaseline(_image, _channels, _columns);
        Require(_cursor.IsAtEnd);
        return new LightSernetNetwork
        {
            Frames = frames,
            Normalisation = normalisation,
            Paths = paths,
            Body = body,
            Last = new LastConvolution(final, neighbours, _scale),
            Voice = voice,
            Head = last,
            MostChannels = Math.Max(most, final.Outputs),
        };
    }

    /// <summary>The convolutions of the features, beside each other, and the levels that they become together.</summary>
    private FirstPaths Paths()
    {
        var (input, features) = (_image, _columns);
        List<FirstPath> paths = [];
        List<string> images = [];
        while (_cursor.Next == "Conv")
        {
            var shape = _cursor.NextShape;
            Require(shape is [> 0 and <= 1024, 1, > 0 and <= 31, > 0 and <= 31]);
            var (filters, rows, columns) = ((int)shape[0], (int)shape[2], (int)shape[3]);
            Require(filters % PairProduct.Columns == 0 && rows % 2 == 1 && columns % 2 == 1);
            var node = _cursor.Take("Conv", Convolution(1, rows, columns), input, null, null);
            var rectified = _cursor.Result("Relu", "", node.Outputs[0]);
            images.Add(_cursor.Result("AveragePool", MeanOf("2,2"), rectified));
            paths.Add(new FirstPath(rows, columns, _cursor.Floats(node.Inputs[1], shape), _cursor.Floats(node.Inputs[2], filters)));
        }

        Require(paths.Count > 0);
        _image = _cursor.Result("Concat", "axis=1", [.. images]);
        Quantised();
        (_rows, _columns, _channels) = ((_rows + 1) / 2, (_columns + 1) / 2, paths.Sum(path => path.Filters));
        return new FirstPaths([.. paths], features, _scale);
    }

    /// <summary>A convolution of levels, no less than zero.</summary>
    private LevelLayer Layer(int kernel)
    {
        var shape = _cursor.NextShape;
        Require(shape.Length == 4 && shape[0] is > 0 and <= 4096 && shape[0] % PairProduct.Columns == 0);
        Require(_channels <= TileTransform.MostChannels || kernel == 1);
        var outputs = (int)shape[0];
        var weight = _cursor.Take("DequantizeLinear", "axis=0", null, null, null);
        var bias = _cursor.Take("DequantizeLinear", "axis=0", null, null, null);
        var convolved = _cursor.Result("Conv", Convolution(1, kernel, kernel), _image, weight.Outputs[0], bias.Outputs[0]);
        _cursor.RequireZero(weight.Inputs[2], OnnxConstant.SignedByte);
        _cursor.RequireZero(bias.Inputs[2], OnnxConstant.Int);
        var weights = _cursor.SignedBytes(weight.Inputs[0], outputs, _channels, kernel, kernel);
        Require(weights.All(level => level is >= -63 and <= 63));
        var scales = _cursor.Floats(weight.Inputs[1], outputs);
        var scale = _scale;
        _image = _cursor.Result("Relu", "", convolved);
        Quantised();
        var layer = new LevelLayer(
            _channels, outputs, weights, _cursor.Ints(bias.Inputs[0], outputs), [.. scales.Select(of => scale * of / _scale)]);
        Require(layer.Bias.All(level => level is > -(1 << 30) and < 1 << 30));
        _channels = outputs;
        return layer;
    }

    private Pool BodyPool()
    {
        if (_cursor.Next == "DequantizeLinear")
        {
            return LevelPool(2, _cursor.NextShape is [_, _, _, 2] ? 2 : 1);
        }

        foreach (var columns in (int[])[2, 1])
        {
            if (_cursor.NextAttributes == MeanOf($"2,{columns}"))
            {
                Require(_columns % columns == 0);
                var (scale, all) = (_scale, 2 * columns);
                _image = _cursor.Result("AveragePool", _cursor.NextAttributes, _image);
                Quantised();
                (_rows, _columns) = ((_rows + 1) / 2, _columns / columns);
                return new Pool(columns, 1, scale / (all * _scale), scale / (columns * _scale));
            }
        }

        throw new OtherNetworkException();
    }

    /// <summary>A mean of whole windows, which the file has as a convolution of each channel by itself.</summary>
    private Pool LevelPool(int rows, int columns)
    {
        Require(_rows % rows == 0 && _columns % columns == 0);
        var weight = _cursor.Take("DequantizeLinear", "axis=0", null, null, null);
        _cursor.RequireZero(weight.Inputs[2], OnnxConstant.SignedByte);
        var levels = _cursor.SignedBytes(weight.Inputs[0], _channels, 1, rows, columns);
        var scales = _cursor.Floats(weight.Inputs[1], _channels);
        Require(levels[0] > 0 && levels.All(level => level == levels[0]) && scales.All(of => of == scales[0]));
        var scale = _scale;
        _image = _cursor.Result(
            "Conv", $"group={_channels} kernel_shape={rows},{columns} pads=0,0,0,0 strides={rows},{columns}", _image, weight.Outputs[0]);
        Quantised();
        (_rows, _columns) = (_rows / rows, _columns / columns);
        return new Pool(columns, levels[0], scale * scales[0] / _scale, null);
    }

    /// <summary>The image becomes levels, and is read as what they stand for.</summary>
    private void Quantised()
    {
        var levels = _cursor.Take("QuantizeLinear", "", _image, null, null);
        var image = _cursor.Take("DequantizeLinear", "axis=1", levels.Outputs[0], null, null);
        Require(levels.Inputs.AsSpan(1).SequenceEqual(image.Inputs.AsSpan(1)));
        _cursor.RequireZero(levels.Inputs[2], OnnxConstant.Byte);
        (_image, _scale) = (image.Outputs[0], _cursor.Float(levels.Inputs[1]));
        Require(_scale > 0);
    }

    private static string MeanOf(string places) => $"ceil_mode=1 kernel_shape={places} pads=0,0,0,0 strides={places}";

    private static string Convolution(int group, int rows, int columns) =>
        $"dilations=1,1 group={group} kernel_shape={rows},{columns} pads={rows / 2},{columns / 2},{rows / 2},{columns / 2} strides=1,1";
}
