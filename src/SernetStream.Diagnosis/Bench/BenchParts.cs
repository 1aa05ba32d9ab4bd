using SernetStream.Pipeline;
using SernetStream.Speech;

namespace SernetStream.Diagnosis.Bench;

/// <summary>Runs the detector for its cost, and takes everything for speech: the worst case of a room.</summary>
internal sealed class AlwaysOpenGate(ISpeechDetector detector) : ISpeechDetector
{
    /// <inheritdoc/>
    public float Probability(ReadOnlySpan<float> step)
    {
        detector.Probability(step);
        return 1;
    }

    /// <inheritdoc/>
    public void Reset() => detector.Reset();

    /// <inheritdoc/>
    public void Dispose() => detector.Dispose();
}

/// <summary>Takes events and forgets them.</summary>
internal sealed class NoSink : IEventSink
{
    /// <inheritdoc/>
    public ValueTask PublishAsync(EmotionEvent emotionEvent) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask PublishSpeechAsync(bool speaking) => ValueTask.CompletedTask;
}
