namespace SernetStream.Speech;

/// <summary>
/// A detector that costs next to nothing, and says no only where a better one would hear no speech: it decides whether
/// that one is asked. One stream, one thread.
/// </summary>
public interface IFirstOpinion
{
    /// <summary>Hears the next step of the stream.</summary>
    /// <param name="step"><see cref="ISpeechDetector.StepLength"/> samples at 16 kHz, −1..1.</param>
    /// <returns>Whether somebody may be speaking.</returns>
    bool MaySpeak(ReadOnlySpan<float> step);

    /// <summary>Forgets what was heard, and overwrites it: the next step does not follow the last one.</summary>
    void Reset();
}
