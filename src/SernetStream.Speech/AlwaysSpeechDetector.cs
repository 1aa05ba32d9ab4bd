namespace SernetStream.Speech;

/// <summary>No detector: everything is speech.</summary>
public sealed class AlwaysSpeechDetector : ISpeechDetector
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
