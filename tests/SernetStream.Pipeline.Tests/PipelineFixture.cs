using SernetStream.Audio;
using SernetStream.Models;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Tests;

/// <summary>The model and the detector of a test class that runs whole pipelines.</summary>
public abstract class PipelineFixture : IDisposable
{
    protected static readonly TimeSpan WaitTimeout = TimeSpan.FromMinutes(1);

    private readonly SileroDetector _detector = new();

    protected EmotionModel Model { get; } = EmotionModel.Load(ModelCatalog.Default);

    protected ISpeechDetector Detector => _detector;

    public void Dispose()
    {
        Model.Dispose();
        _detector.Dispose();
        GC.SuppressFinalize(this);
    }

    internal PipelineHost Host(IAudioSource source, IEventSink sink, PipelineOptions? options = null) =>
        new(source, Model, Detector, options ?? new PipelineOptions(), sink);
}
