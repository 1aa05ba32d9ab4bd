using static SernetStream.Models.LightSernet.GraphCursor;

namespace SernetStream.Models.LightSernet;

/// <summary>Reads what is before and behind the convolutions of a graph: the normalisation, the baseline, the last layer.</summary>
internal sealed class HeadReader(GraphCursor cursor, ModelCard card)
{
    private string _taken = "";

    /// <summary>The normalisation of the features.</summary>
    /// <param name="image">The features; becomes the normalised ones.</param>
    public WindowNormalisation Normalisation(ref string image)
    {
        Require(card.FrontEnd.FrameFeatures % PairProduct.Columns == 0);
        var loudness = cursor.Result("ReduceMean", "axes=3 keepdims=1", image);
        var loudest = cursor.Result("ReduceMax", "axes=2 keepdims=1", loudness);
        var below = cursor.Result("Sub", "", loudness, loudest);
        var raised = cursor.Take("Add", "", below, null);
        var clipped = cursor.Take("Clip", "", raised.Outputs[0], null, null);
        var weight = clipped.Outputs[0];
        Require(cursor.Float(clipped.Inputs[1]) == 0 && cursor.Float(clipped.Inputs[2]) == 1);
        var total = SumOfFrames(weight);
        var largest = cursor.Result("ReduceMax", "axes=2,3 keepdims=1", image);
        var floor = cursor.Take("Sub", "", largest, null);
        var lifted = cursor.Result("Max", "", image, floor.Outputs[0]);
        var means = cursor.Result("Div", "", SumOfFrames(cursor.Result("Mul", "", lifted, weight)), total);
        var centred = cursor.Result("Sub", "", lifted, means);
        var squares = cursor.Result("Mul", "", cursor.Result("Mul", "", centred, centred), weight);
        var variance = cursor.Result("ReduceMean", "axes=3 keepdims=1", cursor.Result("Div", "", SumOfFrames(squares), total));
        var least = cursor.Take("Add", "", variance, null);
        var deviation = cursor.Result("Sqrt", "", least.Outputs[0]);
        var limited = cursor.Take("Clip", "", cursor.Result("Div", "", centred, deviation), null, null);
        image = limited.Outputs[0];
        var flatMeans = cursor.Result("Flatten", "axis=1", means);
        var logarithm = cursor.Result("Flatten", "axis=1", cursor.Result("Log", "", deviation));
        _taken = cursor.Result("Concat", "axis=1", flatMeans, logarithm);
        var limit = cursor.Float(limited.Inputs[2]);
        Require(cursor.Float(limited.Inputs[1]) == -limit);
        return new WindowNormalisation(
            cursor.Float(raised.Inputs[1]), cursor.Float(floor.Inputs[1]), cursor.Float(least.Inputs[1]), limit);
    }

    /// <summary>The end of a model without a baseline.</summary>
    /// <param name="image">Of the last convolution.</param>
    /// <param name="channels">Of it.</param>
    public (VoiceBaseline? Voice, Head Head) Plain(string image, int channels) =>
        (null, Last(cursor.Result("ReduceMean", "axes=2,3 keepdims=0", image), channels));

    /// <summary>The end of a model with one.</summary>
    /// <param name="image">Of the last convolution.</param>
    /// <param name="channels">Of it.</param>
    /// <param name="columns">Of it.</param>
    public (VoiceBaseline Voice, Head Head) WithBaseline(string image, int channels, int columns)
    {
        var voice = card.Adaptation!;
        var learnt = channels * columns;
        Require(voice.FeatureCount == learnt + card.FrontEnd.FrameFeatures + 1);
        var mean = cursor.Result("Flatten", "axis=1", cursor.Result("ReduceMean", "axes=2 keepdims=0", image));
        var (seen, taken) = (cursor.Result("Cast", "to=1", mean), cursor.Result("Cast", "to=1", _taken));
        var centred = cursor.Take("Sub", "", cursor.Result("Concat", "axis=1", seen, taken), null);
        var standardised = cursor.Take("Div", "", centred.Outputs[0], null);
        var features = standardised.Outputs[0];
        var usual = Slice(voice.InputName, 0, -1);
        var heard = Slice(voice.InputName, -1, long.MaxValue);
        var doubt = cursor.Take("Add", "", heard, null);
        var trust = cursor.Result("Div", "", heard, doubt.Outputs[0]);
        var seenNow = Slice(features, 0, learnt);
        var seenUsually = cursor.Result("Mul", "", trust, Slice(usual, 0, learnt));
        var difference = cursor.Result("Sub", "", seenNow, seenUsually);
        var takenNow = Slice(features, learnt, long.MaxValue);
        var takenMore = cursor.Result("Sub", "", takenNow, Slice(usual, learnt, long.MaxValue));
        var judged = cursor.Result("Concat", "axis=1", difference, cursor.Result("Mul", "", trust, takenMore));
        var logits = Logits(judged, voice.FeatureCount, out var head);
        var all = cursor.Result("Add", "", cursor.Result("Mul", "", usual, heard), features);
        var more = cursor.Take("Add", "", heard, null);
        Require(cursor.Float(more.Inputs[1]) == 1);
        var usualAfter = cursor.Result("Div", "", all, more.Outputs[0]);
        var most = cursor.Take("Clip", "", more.Outputs[0], "", null);
        Require(cursor.Result("Concat", "axis=1", usualAfter, most.Outputs[0]) == voice.OutputName);
        Answer(logits);
        return (
            new VoiceBaseline(
                cursor.Floats(centred.Inputs[1], voice.FeatureCount),
                cursor.Floats(standardised.Inputs[1], voice.FeatureCount),
                learnt,
                cursor.Float(doubt.Inputs[1]),
                cursor.Float(most.Inputs[2])),
            head);
    }

    private Head Last(string features, int count)
    {
        Answer(Logits(features, count, out var head));
        return head;
    }

    private string Logits(string features, int count, out Head head)
    {
        var node = cursor.Take("Gemm", "alpha=1 beta=1 transB=1", features, null, null);
        head = new Head(cursor.Floats(node.Inputs[1], card.Labels.Count, count), cursor.Floats(node.Inputs[2], card.Labels.Count));
        return node.Outputs[0];
    }

    private void Answer(string logits) => Require(cursor.Result("Softmax", "axis=1", logits) == card.OutputName);

    private string SumOfFrames(string of)
    {
        var node = cursor.Take("ReduceSum", "keepdims=1", of, null);
        cursor.RequireLongs(node, 2);
        return node.Outputs[0];
    }

    private string Slice(string of, long start, long end)
    {
        var node = cursor.Take("Slice", "", of, null, null, null, null);
        cursor.RequireLongs(node, start, end, 1, 1);
        return node.Outputs[0];
    }
}
