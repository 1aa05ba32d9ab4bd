using SernetStream.Native;

namespace SernetStream.Models.Streaming;

/// <summary>A run of a network that streams: the memory of a stream comes with each window.</summary>
internal sealed class StreamingRun : INetworkRun
{
    private readonly int _rows;
    private readonly int _step;
    private readonly int _width;
    private readonly INetworkSteps _steps;
    private readonly StreamMemory _alone;
    private readonly List<AlignedBuffer<float>> _windows = [];
    private readonly float[] _output;
    private readonly float[] _features;

    public StreamingRun(ModelCard card, IStreamingNetwork network)
    {
        (_rows, _step, _width) = (card.FrontEnd.FrameCount, card.Streaming!.Frames, card.FrontEnd.FrameFeatures);
        _steps = network.CreateSteps();
        _alone = new StreamMemory(card, network.CreateState());
        _output = new float[card.Labels.Count];
        _features = new float[card.Streaming.Features?.Deviation.Length ?? 0];
    }

    public Span<float> Output => _output;

    public Span<float> State => [];

    public Span<float> StateAfter => [];

    public void CopyFeatures(Span<float> features) => _features.CopyTo(features);

    /// <summary>A window's frames, and a step more.</summary>
    public AlignedBuffer<float> CreateFeatures()
    {
        var window = new AlignedBuffer<float>((_rows + _step) * _width);
        _windows.Add(window);
        return window;
    }

    /// <summary>The features that are read of a window.</summary>
    public ReadOnlySpan<float> FeaturesOf(AlignedBuffer<float> features, in StreamFrames window) =>
        features.Span[..((window.Count + _step) * _width)];

    /// <summary>Computes a window by itself, as far as it has whole steps.</summary>
    public void Run(AlignedBuffer<float> features)
    {
        _alone.Forget();
        Run(features, new StreamFrames(0, 0, _rows, IsFinal: false, Forgets: false), _alone);
    }

    /// <summary>Computes what is new in a window.</summary>
    public void Run(AlignedBuffer<float> features, in StreamFrames window, StreamMemory memory) =>
        memory.Hear(_steps, FeaturesOf(features, window), window, _output, _features);

    public void Dispose()
    {
        _windows.ForEach(window => window.Dispose());
        _windows.Clear();
        _alone.Dispose();
        _steps.Dispose();
    }
}
