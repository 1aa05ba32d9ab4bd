using SernetStream.Audio;
using SernetStream.Inference;
using SernetStream.Inference.Speech;

namespace SernetStream.Pipeline;

/// <summary>What both drivers put their threads into.</summary>
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

    /// <summary>Looks on; null: nobody does.</summary>
    public IPipelineObserver? Observer { get; init; }

    public FrontEndStage CreateFrontEnd(IFrontEndSink sink) =>
        new(Model.Card.FrontEnd, Options, Detector, Source.SampleRate, sink, Counters, Observer);

    public ClassifierStage CreateClassifier() => new(Model, Counters) { BeforeClassification = BeforeClassification };
}

/// <summary>
/// Reads a source block by block into the front end, up to the duration that was asked for. Here muted samples are
/// discarded: they go no further than the buffer they were read into, which is cleared.
/// </summary>
internal sealed class BlockReader(PipelineParts parts, FrontEndStage frontEnd)
{
    private readonly float[] _buffer = new float[4096];
    private long _left = parts.Options.DurationSeconds is { } seconds
        ? (long)Math.Ceiling(seconds * parts.Source.SampleRate)
        : long.MaxValue;

    /// <summary>Waits for the next block and hands it on; false at the end.</summary>
    public bool TryStep(CancellationToken cancellationToken)
    {
        if (_left <= 0)
        {
            return false;
        }

        var began = StageCosts.Now();
        var block = parts.Source.Read(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, _left)), cancellationToken);
        parts.Counters.Costs.Add(Stage.Source, StageCosts.Now() - began);
        if (block.IsEnd)
        {
            return false;
        }

        _left -= block.Count + block.LostBefore;
        MeasureDrift(block);
        var muted = parts.Controls.Muted;
        var samples = _buffer.AsSpan(0, block.Count);
        if (muted || parts.Controls.IsHeld)
        {
            samples.Clear();
        }

        frontEnd.Accept(samples, block, muted);
        return true;
    }

    private void MeasureDrift(in AudioBlock block)
    {
        if (block.LostBefore > 0)
        {
            parts.Counters.Drift.Restart();
        }
        else if (parts.Source.IsLive)
        {
            parts.Counters.Drift.Observe(block.Count, parts.Source.SampleRate, block.CapturedAt);
        }
    }
}
