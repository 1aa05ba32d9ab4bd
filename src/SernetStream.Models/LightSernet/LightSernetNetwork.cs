using SernetStream.Native;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// Light-SERNet in int8, computed here: the same network as the file's, with a quarter of its multiplications, no graph to walk,
/// and results that are the same to the bit on every processor.
/// </summary>
internal sealed class LightSernetNetwork : INetwork
{
    /// <summary>Frames of a window.</summary>
    public required int Frames { get; init; }

    /// <summary>Labels of an answer.</summary>
    public int Labels => Head.Bias.Length;

    /// <summary>What is done to the features first; null: nothing.</summary>
    public required WindowNormalisation? Normalisation { get; init; }

    public required FirstPaths Paths { get; init; }

    public required IReadOnlyList<TileConvolution> Body { get; init; }

    public required LastConvolution Last { get; init; }

    /// <summary>What compares with a microphone's baseline; null: the model has none.</summary>
    public required VoiceBaseline? Voice { get; init; }

    public required Head Head { get; init; }

    /// <summary>The most channels of any image.</summary>
    public required int MostChannels { get; init; }

    public INetworkRun CreateRun() => new LightSernetRun(this);

    public void Dispose()
    {
        // The weights are the collector's.
    }
}

/// <summary>Memory of a classifier: the images between the layers.</summary>
internal sealed class LightSernetRun : INetworkRun
{
    private readonly LightSernetNetwork _network;
    private readonly List<AlignedBuffer<float>> _windows = [];
    private readonly float[] _input;
    private readonly bool[] _repeats;
    private readonly float[] _frameWeights;
    private readonly LevelImage[] _images;
    private readonly TileScratch _scratch;
    private readonly float[] _features;
    private readonly int _learnt;
    private readonly float[] _output;
    private readonly float[] _state;
    private readonly float[] _stateAfter;

    public LightSernetRun(LightSernetNetwork network)
    {
        _network = network;
        _input = network.Paths.CreateInput(network.Frames);
        _repeats = new bool[network.Frames];
        _frameWeights = new float[network.Frames];
        var image = network.Paths.CreateResult(network.Frames);
        _images = [image, .. network.Body.Select(layer => image = layer.CreateResult(image))];
        _scratch = new TileScratch(network.MostChannels);
        _learnt = network.Last.FeaturesOf(_images[^1].Columns);
        _features = new float[_learnt + (network.Normalisation is null ? 0 : network.Paths.Columns + 1)];
        _output = new float[network.Labels];
        _state = new float[network.Voice?.Size ?? 0];
        _stateAfter = new float[_state.Length];
    }

    public Span<float> Output => _output;

    public Span<float> State => _state;

    public Span<float> StateAfter => _stateAfter;

    public AlignedBuffer<float> CreateFeatures()
    {
        var window = new AlignedBuffer<float>(_network.Frames * _network.Paths.Columns);
        _windows.Add(window);
        return window;
    }

    public void Run(AlignedBuffer<float> features)
    {
        Begin(features.Span);
        _network.Paths.Apply(_input, _network.Frames, _repeats, _images[0]);
        for (var i = 0; i < _network.Body.Count; i++)
        {
            _network.Body[i].Apply(_images[i], _images[i + 1], _scratch);
        }

        _network.Last.Apply(_images[^1], _scratch, _features.AsSpan(0, _learnt));
        _network.Voice?.Apply(_features, _state, _stateAfter);
        _network.Head.Apply(_features, _output);
    }

    public void Dispose()
    {
        _windows.ForEach(window => window.Dispose());
        _windows.Clear();
    }

    /// <summary>Normalises the window and finds its rows that repeat the one before, as those of silence do.</summary>
    private void Begin(ReadOnlySpan<float> features)
    {
        var columns = _network.Paths.Columns;
        for (var frame = 1; frame < _network.Frames; frame++)
        {
            _repeats[frame] = features.Slice(frame * columns, columns).SequenceEqual(features.Slice((frame - 1) * columns, columns));
        }

        if (_network.Normalisation is { } normalisation)
        {
            normalisation.Apply(features, columns, _frameWeights, _features.AsSpan(_learnt), _input, _network.Paths);
            return;
        }

        for (var frame = 0; frame < _network.Frames; frame++)
        {
            features.Slice(frame * columns, columns).CopyTo(_input.AsSpan(_network.Paths.At(frame)));
        }
    }
}
