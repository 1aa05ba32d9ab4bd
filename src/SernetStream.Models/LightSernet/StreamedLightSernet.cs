using SernetStream.Models.Streaming;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// A Light-SERNet in int8 that streams, computed here by the layers of <see cref="LightSernetNetwork"/>: each convolution looks back
/// only, and the last rows that it read are kept for the next step.
/// </summary>
internal sealed class StreamedLightSernet : IStreamingNetwork
{
    public required ModelCard Card { get; init; }

    /// <summary>Frames of a step; a multiple of what the pools make one row of.</summary>
    public required int Frames { get; init; }

    public required StreamedNormalisation Normalisation { get; init; }

    public required FirstPaths Paths { get; init; }

    public required IReadOnlyList<TileConvolution> Body { get; init; }

    public required LastConvolution Last { get; init; }

    public required Head Head { get; init; }

    /// <summary>The most channels of any image.</summary>
    public required int MostChannels { get; init; }

    public INetworkRun CreateRun() => new StreamingRun(Card, this);

    public INetworkState CreateState() => new StreamedState(this);

    public void Dispose()
    {
        // The weights are the collector's.
    }
}

/// <summary>
/// The state of a stream: in front of each image the rows that were read last. A step writes behind them, and to copies of the few
/// sums; so nothing has happened until it is kept.
/// </summary>
internal sealed class StreamedState : INetworkState
{
    private readonly StreamedLightSernet _network;
    private readonly float[] _input;
    private readonly bool[] _repeats;
    private readonly float[] _scratch;
    private readonly LevelImage[] _images;
    private readonly LevelImage[] _results;
    private readonly TileScratch _tiles;
    private readonly Sums _before;
    private readonly Sums _after;
    private readonly int[] _levels;
    private readonly float[] _features;
    private readonly float[] _output;

    public StreamedState(StreamedLightSernet network)
    {
        _network = network;
        _input = network.Paths.CreateInput(network.Frames);
        _repeats = new bool[network.Frames];
        _scratch = new float[2 * network.Paths.Columns];
        var image = network.Paths.CreateResult(network.Frames);
        _images = [image, .. network.Body.Select(layer => image = layer.CreateResult(image))];

        // What the last convolution reads, it reads once: 1 × 1.
        _results = [.. _images[..^1].Select(of => of.OneRowOn()), _images[^1]];
        _tiles = new TileScratch(network.MostChannels);
        _features = new float[network.Last.FeaturesOf(_images[^1].Columns)];
        _levels = new int[_features.Length];
        _before = new Sums(network.Normalisation.Size, _features.Length);
        _after = new Sums(network.Normalisation.Size, _features.Length);
        _output = new float[network.Head.Bias.Length];
    }

    public ReadOnlySpan<float> Output => _output;

    /// <summary>Rows of features before a step that it reads again.</summary>
    private int RowsBefore => 2 * _network.Paths.Margin;

    public void Step(ReadOnlySpan<float> frames)
    {
        _before.CopyTo(_after);
        Normalise(frames);
        _network.Paths.Apply(_input, _network.Frames, _repeats, _results[0]);
        for (var i = 0; i < _network.Body.Count; i++)
        {
            _network.Body[i].Apply(_images[i], _results[i + 1], _tiles);
        }

        Array.Clear(_levels);
        _network.Last.Add(_images[^1], _tiles, _levels);
        for (var i = 0; i < _levels.Length; i++)
        {
            _after.Levels[i] += _levels[i];
        }

        _after.Count += _images[^1].Rows;
        _network.Last.Mean(_after.Levels, _after.Count, _features);
        _network.Head.Apply(_features, _output);
    }

    public void Keep()
    {
        _after.CopyTo(_before);
        foreach (var image in _images.AsSpan(..^1))
        {
            image.KeepLastRows();
        }

        var kept = _network.Paths.At(-_network.Paths.Margin);
        _input.AsSpan(kept + (_network.Frames * _network.Paths.Pitch), RowsBefore * _network.Paths.Pitch).CopyTo(_input.AsSpan(kept));
    }

    public void Fade(float share)
    {
        foreach (ref var level in _before.Levels.AsSpan())
        {
            level *= share;
        }

        _before.Count *= share;
    }

    public void Clear()
    {
        Array.Clear(_input);
        Array.Clear(_levels);
        Array.Clear(_features);
        _before.Clear();
        _after.Clear();
        foreach (var image in _images)
        {
            image.Clear();
        }
    }

    public void Dispose() => Clear();

    private void Normalise(ReadOnlySpan<float> frames)
    {
        var paths = _network.Paths;
        for (var frame = 0; frame < _network.Frames; frame++)
        {
            _network.Normalisation.Apply(
                frames.Slice(frame * paths.Columns, paths.Columns),
                _after.Normalisation,
                _scratch,
                _input.AsSpan(paths.At(frame + paths.Margin), paths.Columns));
        }
    }

    /// <summary>What is added up: by the normalisation, and of the last levels.</summary>
    private sealed class Sums(int normalisation, int levels)
    {
        public float[] Normalisation { get; } = new float[normalisation];

        public float[] Levels { get; } = new float[levels];

        /// <summary>Rows that the levels are of.</summary>
        public float Count { get; set; }

        public void CopyTo(Sums other)
        {
            Normalisation.CopyTo(other.Normalisation, 0);
            Levels.CopyTo(other.Levels, 0);
            other.Count = Count;
        }

        public void Clear()
        {
            Array.Clear(Normalisation);
            Array.Clear(Levels);
            Count = 0;
        }
    }
}
