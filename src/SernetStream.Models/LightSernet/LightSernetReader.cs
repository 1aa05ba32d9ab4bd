using System.Numerics;
using SernetStream.Models.Onnx;
using static SernetStream.Models.LightSernet.GraphCursor;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// Reads <c>light-sernet</c> and <c>light-sernet-normalised</c> in int8 from the ONNX file that <c>sernet.export</c> writes. It goes
/// through the graph node by node; if any is not just what it should be, the model is another, and ONNX Runtime computes it.
/// </summary>
internal sealed class LightSernetReader : LevelReader
{
    private readonly ModelCard _card;

    private LightSernetReader(ModelCard card, OnnxGraph graph)
        : base(new GraphCursor(graph))
    {
        _card = card;
        (Image, Rows, Columns) = (card.InputName, card.FrontEnd.FrameCount, card.FrontEnd.FrameFeatures);
        HashSet<string> inputs = [Declared(card.InputName, 1, 1, Rows, Columns)], outputs = [Declared(card.OutputName, 1, card.Labels.Count)];
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

    private LightSernetNetwork Read()
    {
        var frames = Rows;
        var head = new HeadReader(Cursor, _card);
        var image = Image;
        var normalisation = Cursor.Next == "ReduceMean" ? head.Normalisation(ref image) : null;
        Image = image;
        Require(normalisation is null == _card.Adaptation is null);
        var paths = Paths();
        var most = Channels;
        List<TileConvolution> body = [];
        while (Cursor.NextShape is [_, _, 3, 3])
        {
            var layer = Layer(kernel: 3, pads: "1,1,1,1");
            body.Add(new TileConvolution(layer, BodyPool()));
            most = Math.Max(most, layer.Outputs);
        }

        Require(body.Count > 0);
        var final = Layer(kernel: 1, pads: "0,0,0,0");
        var neighbours = normalisation is null ? null : LevelPool(rows: 1, columns: 2);
        var (voice, last) = normalisation is null ? head.Plain(Image, Channels) : head.WithBaseline(Image, Channels, Columns);
        Require(Cursor.IsAtEnd);
        return new LightSernetNetwork
        {
            Frames = frames,
            Normalisation = normalisation,
            Paths = paths,
            Body = body,
            Last = new LastConvolution(final, neighbours, Scale),
            Voice = voice,
            Head = last,
            MostChannels = Math.Max(most, final.Outputs),
        };
    }

    /// <summary>The convolutions of the features, beside each other, and the levels that they become together.</summary>
    private FirstPaths Paths()
    {
        var (input, features) = (Image, Columns);
        List<FirstPath> paths = [];
        List<string> images = [];
        while (Cursor.Next == "Conv")
        {
            paths.Add(Path(input, isLate: false, out var image));
            images.Add(image);
        }

        Require(paths.Count > 0);
        Image = Cursor.Result("Concat", "axis=1", [.. images]);
        Quantised();
        (Rows, Columns, Channels) = ((Rows + 1) / 2, (Columns + 1) / 2, paths.Sum(path => path.Filters));
        return new FirstPaths([.. paths], features, Scale);
    }
}
