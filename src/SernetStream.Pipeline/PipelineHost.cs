using SernetStream.Audio;
using SernetStream.Audio.Capture;
using SernetStream.Models;
using SernetStream.Pipeline.Drivers;
using SernetStream.Pipeline.Echo;
using SernetStream.Pipeline.Rooms;
using SernetStream.Pipeline.Segmentation;
using SernetStream.Pipeline.Smoothing;
using SernetStream.Pipeline.Teaching;
using SernetStream.Speech;

namespace SernetStream.Pipeline;

/// <summary>
/// One stream from its source to its events: capture → front end → classifier → smoother → sink. A process may run many
/// over one model. It owns neither the source nor the model nor the detector.
/// </summary>
public sealed class PipelineHost
{
    private readonly PipelineParts _parts;

    /// <summary>Wires a pipeline; nothing runs yet.</summary>
    /// <param name="source">Where samples come from; read by one thread of the pipeline.</param>
    /// <param name="model">Shared by as many pipelines as there are.</param>
    /// <param name="detector">This stream's alone.</param>
    /// <param name="options">How it listens and judges.</param>
    /// <param name="sink">Where events go.</param>
    /// <param name="clock">The wall clock of the events.</param>
    /// <param name="controls">
    /// Controls made beforehand, if they are needed before the pipeline exists; their smoother options then apply.
    /// Otherwise the pipeline makes its own, with the smoother of the options.
    /// </param>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    /// <exception cref="ModelException">The model's front end cannot be streamed.</exception>
    public PipelineHost(
        IAudioSource source,
        EmotionModel model,
        ISpeechDetector detector,
        PipelineOptions options,
        IEventSink sink,
        TimeProvider? clock = null,
        PipelineControls? controls = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        RequireStreamable(model.Card);
        Controls = controls ?? new PipelineControls(options.Smoother);
        var publish = new PublishStage(model.Card, options.Node, clock ?? TimeProvider.System, sink, Counters, options.LastSequence);
        var oldest = source.IsLive ? options.HopSeconds + options.LatencyBudgetSeconds : double.PositiveInfinity;
        var smoother = new SmootherStage(model.Card.Labels.Count, oldest, Controls, publish, Counters);
        _parts = new PipelineParts(source, model, detector, options, Controls, smoother, Counters);
    }

    /// <summary>What has gone through so far.</summary>
    public PipelineCounters Counters { get; } = new();

    /// <summary>What may be changed while it runs.</summary>
    public PipelineControls Controls { get; }

    /// <summary>Watches the pipeline; null: nobody does.</summary>
    public IPipelineObserver? Observer
    {
        init => _parts = _parts with { Observer = value };
    }

    /// <summary>What the room's own speakers play, which is not judged; null: nobody listens to that.</summary>
    public MonitorTrack? Monitor
    {
        init => _parts = _parts with { Monitor = value };
    }

    /// <summary>What the classifier judges by, and who is told of finals; null: the model judges as it was trained.</summary>
    public Teacher? Teacher
    {
        init => _parts = _parts with { Teacher = value };
    }

    /// <summary>
    /// The baseline of the microphone, if it is to be kept elsewhere or comes from there; null: a pipeline has one of its own. Only a
    /// pipeline that a <see cref="RoomScheduler"/> steps uses it.
    /// </summary>
    public ClassifierMemory? Memory
    {
        init => _parts = _parts with { Memory = value };
    }

    /// <summary>For tests: what the drivers get.</summary>
    internal PipelineParts Parts => _parts;

    /// <inheritdoc cref="PipelineParts.BeforeClassification"/>
    internal Action? BeforeClassification
    {
        init => _parts = _parts with { BeforeClassification = value };
    }

    /// <summary>
    /// Runs until the source ends. A source that does not wait gets a thread for the front end and one for the
    /// classifier; another gets one for all.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; what was decided by then was published.</exception>
    /// <exception cref="AudioDeviceException">The device is gone or failed.</exception>
    public Task RunAsync(CancellationToken cancellationToken) => _parts.Source.IsLive
        ? RunLiveAsync(cancellationToken)
        : DedicatedThread.Run("sernet pipeline", () => RunDirect(cancellationToken));

    /// <summary>
    /// Runs until the source ends, with no thread of its own: the scheduler's threads step it. A source that can only be waited for
    /// (it is no <see cref="IPolledSource"/>) gets one for its reading.
    /// </summary>
    /// <inheritdoc cref="RunAsync(CancellationToken)"/>
    public Task RunAsync(RoomScheduler scheduler, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        return scheduler.RunAsync(new SteppedPipeline(_parts), cancellationToken);
    }

    private async Task RunLiveAsync(CancellationToken cancellationToken)
    {
        using var driver = new LiveDriver(_parts);
        await driver.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private void RunDirect(CancellationToken cancellationToken)
    {
        using var driver = new DirectDriver(_parts);
        driver.Run(cancellationToken);
    }

    private static void RequireStreamable(ModelCard card)
    {
        var sampleRate = card.FrontEnd.SampleRate;
        if (sampleRate != FrontEndStage.SampleRate)
        {
            throw new ModelException(
                ModelError.NotStreamable,
                $"The model {card.Name} works at {sampleRate} Hz; streams are served at {FrontEndStage.SampleRate} Hz only. "
                + "Use it with sernetd classify --middle, or name another with --model.");
        }
    }
}
