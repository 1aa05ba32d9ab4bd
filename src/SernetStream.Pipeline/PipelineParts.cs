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
    SmootherStage Smoother,
    PipelineCounters Counters)
{
    public FrontEndStage CreateFrontEnd(IFrontEndSink sink) =>
        new(Model.Card.FrontEnd, Options, Detector, Source.SampleRate, sink, Counters);
}

/// <summary>Reads a source block by block, up to the duration that was asked for.</summary>
internal sealed class BlockReader(PipelineParts parts)
{
    private readonly float[] _buffer = new float[4096];
    private long _left = parts.Options.DurationSeconds is { } seconds
        ? (long)Math.Ceiling(seconds * parts.Source.SampleRate)
        : long.MaxValue;

    /// <summary>Waits for the next block; false at the end.</summary>
    public bool TryRead(out ReadOnlyMemory<float> samples, out AudioBlock block, CancellationToken cancellationToken)
    {
        block = _left > 0
            ? parts.Source.Read(_buffer.AsSpan(0, (int)Math.Min(_buffer.Length, _left)), cancellationToken)
            : default;
        samples = _buffer.AsMemory(0, block.Count);
        _left -= block.Count;
        return block.Count > 0;
    }
}
