using SernetStream.Audio;
using SernetStream.Models;
using SernetStream.Pipeline.Classifier;
using SernetStream.Pipeline.Echo;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Pipeline.Teaching;
using SernetStream.Speech;

namespace SernetStream.Pipeline.Drivers;

/// <summary>What the drivers put their threads into.</summary>
internal sealed record PipelineParts(
    IAudioSource Source,
    EmotionModel Model,
    ISpeechDetector Detector,
    PipelineOptions Options,
    PipelineControls Controls,
    SmootherStage Smoother,
    PipelineCounters Counters)
{
    /// <summary>For tests: called before each run of the model, to make it slow.</summary>
    public Action? BeforeClassification { get; init; }

    /// <summary>Watches the pipeline; null: nobody does.</summary>
    public IPipelineObserver? Observer { get; init; }

    /// <inheritdoc cref="PipelineHost.Monitor"/>
    public MonitorTrack? Monitor { get; init; }

    /// <inheritdoc cref="PipelineHost.Teacher"/>
    public Teacher? Teacher { get; init; }

    /// <inheritdoc cref="PipelineHost.Memory"/>
    public ClassifierMemory? Memory { get; init; }

    /// <param name="sink">Takes what it cuts.</param>
    /// <param name="waitsForMonitor">Whether its thread may wait for the monitor.</param>
    public FrontEndStage CreateFrontEnd(IFrontEndSink sink, bool waitsForMonitor = true) =>
        new(
            Model.Card.FrontEnd, Options, Detector, Source.SampleRate, sink, Counters, Observer, Monitor, waitsForMonitor,
            Model.Card.Streaming?.Frames ?? 0);

    public ClassifierStage CreateClassifier() => new(Model, Options.Learns, Counters)
    {
        BeforeClassification = BeforeClassification,
        Teacher = Teacher,
    };

    /// <summary>One that is lent a classifier for each window.</summary>
    public ClassifierStage CreateSharedClassifier() => new(Model, Memory ?? Model.CreateMemory(), Options.Learns, Counters)
    {
        BeforeClassification = BeforeClassification,
        Teacher = Teacher,
    };
}
