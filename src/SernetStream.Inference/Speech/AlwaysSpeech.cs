namespace SernetStream.Inference.Speech;

/// <summary>No detector: everything is speech.</summary>
public sealed class AlwaysSpeech : ISpeechDetector
{
    /// <inheritdoc/>
    public float Probability(ReadOnlySpan<float> step) => 1;

    /// <inheritdoc/>
    public void Reset()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
