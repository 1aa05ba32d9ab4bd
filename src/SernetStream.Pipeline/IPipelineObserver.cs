namespace SernetStream.Pipeline;

/// <summary>
/// Watches a pipeline for a dashboard. It is called by the thread of the front end, 31 times a second while it is
/// watched, and must neither block nor allocate; what the spans hold is gone when the call returns.
/// </summary>
public interface IPipelineObserver
{
    /// <summary>
    /// Whether somebody wants each step as it comes. If not, the pipeline wakes up only when something may happen, and
    /// shows all steps since then in one go. It may change at any time; the pipeline follows within half a second.
    /// </summary>
    bool IsWatched { get; }

    /// <summary>A frame has been transformed.</summary>
    /// <param name="energies">Mel energies (magnitudes or powers, as the model's front end has them), low bands first.</param>
    void Frame(ReadOnlySpan<float> energies);

    /// <summary>A step of 32 ms has gone through the speech gate.</summary>
    /// <param name="samples">Its samples at 16 kHz, −1..1; zeros while muted.</param>
    /// <param name="speechProbability">How likely it is speech, 0..1.</param>
    /// <param name="isSpeaking">Whether the gate is open after it.</param>
    void Step(ReadOnlySpan<float> samples, float speechProbability, bool isSpeaking);

    /// <summary>What was shown is to be overwritten: the microphone has been muted, or the stream has ended.</summary>
    void Silence();
}
