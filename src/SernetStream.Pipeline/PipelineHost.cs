using SernetStream.Audio;
using SernetStream.Inference;
using SernetStream.Inference.Speech;

namespace SernetStream.Pipeline;

/// <summary>
/// One stream from its source to its events: capture → front end → classifier → smoother → sink. A process may run many
/// over one model. It owns neither the source nor the model nor the detector.
/// </summary>
public sealed class PipelineHost
{
    private readonly PipelineParts _parts;

    /// <summary>Wires a pipeline; nothing runs yet.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    /// <exception cref="ModelException">The model's front end cannot be streamed.</exception>
    public PipelineHost(
        IAudioSource source,
        EmotionModel model,
        ISpeechDetector detector,
        PipelineOptions options,
        IEventSink sink,
        TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var sampleRate = model.Card.FrontEnd.SampleRate;
        if (sampleRate != FrontEndStage.SampleRate)
        {
            throw new ModelException(
                ModelError.NotStreamable,
                $"The model {model.Card.Name} works at {sampleRate} Hz; streams are served at {FrontEndStage.SampleRate} Hz only. "
                + "Use it with sernetd classify, or name another with --model.");
        }

        var smoother = new SmootherStage(model.Card, options, clock ?? TimeProvider.System, sink, Counters);
        _parts = new PipelineParts(source, model, detector, options, smoother, Counters);
    }

    /// <summary>What has gone through so far.</summary>
    public PipelineCounters Counters { get; } = new();

    /// <summary>Runs until the source ends. A source that does not wait gets threads of its own; another, the caller's.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled; what was decided by then was published.</exception>
    /// <exception cref="AudioDeviceException">The device is gone or failed.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_parts.Source.IsLive)
        {
            using var driver = new LiveDriver(_parts);
            await driver.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            using var driver = new DirectDriver(_parts);
            await driver.RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
