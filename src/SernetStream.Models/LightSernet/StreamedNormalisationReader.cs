using static SernetStream.Models.LightSernet.GraphCursor;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// Reads the normalisation of a network that streams. The graph computes the frames of a step at once, by matrices of what is left of
/// each frame at each later one.
/// </summary>
/// <param name="cursor">Where the graph is read.</param>
/// <param name="features">The features.</param>
/// <param name="frames">Of a step.</param>
/// <param name="bands">Of a frame.</param>
/// <param name="memory">Name of the state.</param>
internal sealed class StreamedNormalisationReader(GraphCursor cursor, string features, int frames, int bands, string memory)
{
    private const string ByFrame = "axes=2 keepdims=1";

    private float _decay = float.NaN;
    private string _state = "";

    /// <summary>Reads it.</summary>
    /// <param name="image">The normalised features.</param>
    public StreamedNormalisation Read(out string image)
    {
        var weight = cursor.Result("Exp", "", cursor.Result("ReduceMean", ByFrame, features));
        var state = cursor.Take("Unsqueeze", "", memory, null);
        cursor.RequireLongs(state, 1);
        _state = state.Outputs[0];
        var most = Most(Slice(_state, bands + 2, bands + 3, 2), weight);
        var loudest = cursor.Result("ReduceMax", ByFrame, cursor.Result("Exp", "", features));
        var peak = Most(Slice(_state, bands + 3, long.MaxValue, 2), loudest);
        var depth = cursor.Take("Sub", "", cursor.Result("Log", "", peak), null);
        var lifted = cursor.Result("Max", "", features, depth.Outputs[0]);
        var square = cursor.Result("ReduceMean", ByFrame, cursor.Result("Mul", "", lifted, lifted));
        var sums = Sums(lifted, square, weight);
        var usual = cursor.Take("Add", "", cursor.Result("Log", "", most), null);
        var doubt = cursor.Take("Mul", "", most, null);
        var total = cursor.Result("Add", "", Slice(sums, bands + 1, long.MaxValue, 2), doubt.Outputs[0]);
        var sum = Slice(sums, 0, bands, 2);
        var mean = cursor.Result("Div", "", cursor.Result("Add", "", sum, cursor.Result("Mul", "", doubt.Outputs[0], usual.Outputs[0])), total);
        var expected = cursor.Take("Add", "", MeanOfSquares(usual.Outputs[0]), null);
        var second = Slice(sums, bands, bands + 1, 2);
        var both = cursor.Result("Add", "", second, cursor.Result("Mul", "", doubt.Outputs[0], expected.Outputs[0]));
        var moment = cursor.Result("Div", "", both, total);
        var variance = cursor.Take("Clip", "", cursor.Result("Sub", "", moment, MeanOfSquares(mean)), null, "");
        Require(cursor.Float(variance.Inputs[1]) == 0);
        var after = Slice(cursor.Result("Concat", "axis=2", sums, most, peak), -1, long.MaxValue, 1);
        Require(cursor.Result("Flatten", "axis=1", after) == memory + "_out");
        var centred = cursor.Result("Sub", "", lifted, mean);
        var least = cursor.Take("Add", "", variance.Outputs[0], null);
        var limited = cursor.Take("Clip", "", cursor.Result("Div", "", centred, cursor.Result("Sqrt", "", least.Outputs[0])), null, null);
        var limit = cursor.Float(limited.Inputs[2]);
        Require(cursor.Float(limited.Inputs[1]) == -limit);
        image = limited.Outputs[0];
        return new StreamedNormalisation(
            cursor.Floats(usual.Inputs[1], bands),
            cursor.Float(expected.Inputs[1]),
            cursor.Float(doubt.Inputs[1]),
            _decay,
            cursor.Float(depth.Inputs[1]),
            cursor.Float(least.Inputs[1]),
            limit);
    }

    /// <summary>The largest of values up to each frame, faded, and of one before them.</summary>
    private string Most(string before, string values)
    {
        var turned = cursor.Result("Transpose", "perm=0,2,1", values);
        var faded = cursor.Take("Mul", "", null, turned);
        RequireFading(faded.Inputs[0]);
        var most = cursor.Result("ReduceMax", ByFrame, faded.Outputs[0]);
        var earlier = cursor.Take("Mul", "", null, before);
        RequireFaded(earlier.Inputs[0]);
        return cursor.Result("Max", "", most, earlier.Outputs[0]);
    }

    private string Sums(string lifted, string square, string weight)
    {
        var weighted = cursor.Result("Mul", "", lifted, weight);
        var weightedSquare = cursor.Result("Mul", "", square, weight);
        var all = cursor.Result("Concat", "axis=2", weighted, weightedSquare, weight);
        var faded = cursor.Take("MatMul", "", null, all);
        RequireFading(faded.Inputs[0]);
        var before = Slice(_state, 0, bands + 2, 2);
        var earlier = cursor.Take("Mul", "", null, before);
        RequireFaded(earlier.Inputs[0]);
        return cursor.Result("Add", "", faded.Outputs[0], earlier.Outputs[0]);
    }

    private string MeanOfSquares(string of) => cursor.Result("ReduceMean", ByFrame, cursor.Result("Mul", "", of, of));

    /// <summary>What is left of the state at each frame.</summary>
    private void RequireFaded(string name)
    {
        var left = cursor.Floats(name, frames, 1);
        _decay = float.IsNaN(_decay) ? left[0] : _decay;
        Require(_decay is > 0 and <= 1);
        for (var frame = 0; frame < frames; frame++)
        {
            Require(IsPower(left[frame], frame + 1));
        }
    }

    /// <summary>What is left at each frame of each before it.</summary>
    private void RequireFading(string name)
    {
        var left = cursor.Floats(name, frames, frames);
        _decay = float.IsNaN(_decay) && frames > 1 ? left[frames] : _decay;
        for (var i = 0; i < left.Length; i++)
        {
            var since = (i / frames) - (i % frames);
            Require(since < 0 ? left[i] == 0 : IsPower(left[i], since));
        }
    }

    private bool IsPower(float value, int exponent) => Math.Abs(value - Math.Pow(_decay, exponent)) < 1e-6 * frames;

    private string Slice(string of, long start, long end, int axis)
    {
        var node = cursor.Take("Slice", "", of, null, null, null, null);
        cursor.RequireLongs(node, start, end, axis, 1);
        return node.Outputs[0];
    }
}
