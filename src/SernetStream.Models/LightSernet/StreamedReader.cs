using System.Numerics;
using SernetStream.Models.Onnx;
using SernetStream.Models.Streaming;
using static SernetStream.Models.LightSernet.GraphCursor;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// Reads <c>light-sernet-streaming</c> in int8 from the ONNX file of a step that <c>sernet.export</c> writes, node by node, as
/// <see cref="LightSernetReader"/> does.
/// </summary>
internal sealed class StreamedReader : LevelReader
{
    private const string StateName = "state_";
    private const string AfterName = "_out";

    private readonly ModelCard _card;
    private readonly StreamingTensors _streaming;
    private readonly HashSet<string> _states = new(StringComparer.Ordinal);

    private StreamedReader(ModelCard card, OnnxGraph graph)
        : base(new GraphCursor(graph))
    {
        (_card, _streaming) = (card, card.Streaming!);
        (Image, Rows, Columns) = (card.InputName, _streaming.Frames, card.FrontEnd.FrameFeatures);
        Require(Columns % PairProduct.Columns == 0 && Rows % 2 == 0);
        HashSet<string> inputs = [Declared(card.InputName, 1, Rows, Columns)], outputs = [Declared(card.OutputName, 1, card.Labels.Count)];
        foreach (var state in _streaming.States)
        {
            inputs.Add(Declared(state.InputName, [.. state.Shape]));
            outputs.Add(Declared(state.OutputName, [.. state.Shape]));
        }

        Require(inputs.SetEquals(graph.Inputs) && outputs.SetEquals(graph.Outputs));
    }

    /// <summary>Reads a model; null: it is another network, or this machine has no vectors.</summary>
    public static StreamedLightSernet? TryRead(ModelPackage package)
    {
        if (!Vector.IsHardwareAccelerated || package.Card.Precision != "int8" || package.Card.Streaming is null)
        {
            return null;
        }

        try
        {
            return new StreamedReader(package.Card, OnnxGraph.Read(package.File)).Read();
        }
        catch (Exception error) when (error is OtherNetworkException or InvalidDataException or ArgumentException)
        {
            return null;
        }
    }

    private StreamedLightSernet Read()
    {
        var memory = State("normalisation", forgets: false, 1, Columns + 4);
        var normalisation = new StreamedNormalisationReader(Cursor, Image, Rows, Columns, memory).Read(out var normalised);
        var paths = Paths(normalised);
        var most = Channels;
        List<TileConvolution> body = [];
        do
        {
            if (body.Count > 0)
            {
                KeptRows($"body{body.Count}", isOfLevels: true);
            }

            var (layer, rows) = (Layer(kernel: 3, pads: "0,1,0,1"), Rows);
            body.Add(new TileConvolution(layer, Cursor.NextShape is [_, 1, 2, _] ? LevelPool(2, Cursor.NextShape[3] == 2 ? 2 : 1) : Pool.None, rows));
            most = Math.Max(most, layer.Outputs);
        }
        while (Cursor.Next == "Concat");

        Require(Rows == 1);
        var final = Layer(kernel: 1, pads: "0,0,0,0");
        var last = new LastConvolution(final, LevelPool(rows: 1, columns: 2), Scale);
        var head = ReadHead();
        Require(Cursor.IsAtEnd && _states.Count == _streaming.States.Count);
        return new StreamedLightSernet
        {
            Card = _card,
            Frames = _streaming.Frames,
            Normalisation = normalisation,
            Paths = paths,
            Body = body,
            Last = last,
            Head = head,
            MostChannels = Math.Max(most, final.Outputs),
        };
    }

    /// <summary>A state's name, if the card has it so.</summary>
    private string State(string name, bool forgets, params ReadOnlySpan<int> shape)
    {
        name = StateName + name;
        var state = _streaming.States.FirstOrDefault(state => state.InputName == name);
        Require(state is not null && state.OutputName == name + AfterName && state.Forgets == forgets && shape.SequenceEqual([.. state.Shape]));
        Require(_states.Add(name));
        return name;
    }

    /// <summary>The convolutions of the features, of rows kept and new ones.</summary>
    private FirstPaths Paths(string normalised)
    {
        var (rows, columns) = (Rows, Columns);
        var kept = _streaming.States.FirstOrDefault(state => state.InputName == StateName + "frames")?.Shape;
        Require(kept is [1, 1, > 0 and <= 30, _] && kept[2] % 2 == 0);
        var before = State("frames", forgets: false, 1, 1, kept![2], columns);
        var unsqueezed = Cursor.Take("Unsqueeze", "", normalised, null);
        Cursor.RequireLongs(unsqueezed, 1);
        var all = Cursor.Result("Concat", "axis=2", before, unsqueezed.Outputs[0]);
        Require(Slice(all, -kept[2], long.MaxValue, 2) == before + AfterName);
        List<FirstPath> paths = [];
        List<string> images = [];
        while (Cursor.Next == "Slice")
        {
            var slice = Cursor.Take("Slice", "", all, null, null, null, null);
            var path = Path(slice.Outputs[0], isLate: true, out var image);
            var first = (kept[2] / 2) - (path.Rows / 2);
            Cursor.RequireLongs(slice, first, first + rows + path.Rows - 1, 2, 1);
            paths.Add(path);
            images.Add(image);
        }

        Require(paths.Count > 0 && paths.Max(path => path.Rows) - 1 == kept[2]);
        Image = Cursor.Result("Concat", "axis=1", [.. images]);
        (Rows, Columns, Channels) = (rows / 2, (columns + 1) / 2, paths.Sum(path => path.Filters));
        KeptRows("body0", isOfLevels: false);
        return new FirstPaths([.. paths], columns, Scale);
    }

    /// <summary>Two rows that were kept, and those that are new, as levels; the last two are kept again.</summary>
    private void KeptRows(string name, bool isOfLevels)
    {
        var (before, scale) = (State(name, forgets: false, 1, Channels, 2, Columns), Scale);
        Image = Cursor.Result("Concat", "axis=2", before, Image);
        Quantised();
        Require(!isOfLevels || Scale == scale);
        Require(Slice(Image, -2, long.MaxValue, 2) == before + AfterName);
    }

    /// <summary>The mean over all steps, and what it says.</summary>
    private Head ReadHead()
    {
        var features = Channels * Columns;
        var (sum, count) = (State("sum", forgets: true, 1, features), State("count", forgets: true, 1, 1));
        Require(_streaming.Features is null || (_streaming.Features.SumName == sum && _streaming.Features.CountName == count));
        var rows = Cursor.Take("ReduceSum", "keepdims=0", Image, null);
        Cursor.RequireLongs(rows, 2);
        var flat = Cursor.Result("Flatten", "axis=1", rows.Outputs[0]);
        Require(Cursor.Result("Add", "", sum, flat) == sum + AfterName);
        var more = Cursor.Take("Add", "", count, null);
        Require(more.Outputs[0] == count + AfterName && Cursor.Float(more.Inputs[1]) == 1);
        var mean = Cursor.Result("Div", "", sum + AfterName, count + AfterName);
        var node = Cursor.Take("Gemm", "alpha=1 beta=1 transB=1", mean, null, null);
        Require(Cursor.Result("Softmax", "axis=1", node.Outputs[0]) == _card.OutputName);
        return new Head(Cursor.Floats(node.Inputs[1], _card.Labels.Count, features), Cursor.Floats(node.Inputs[2], _card.Labels.Count));
    }

    private string Slice(string of, long start, long end, int axis)
    {
        var node = Cursor.Take("Slice", "", of, null, null, null, null);
        Cursor.RequireLongs(node, start, end, axis, 1);
        return node.Outputs[0];
    }
}
