namespace SernetStream.Speech;

/// <summary>Says how likely each short step of a stream is speech. One stream, one thread.</summary>
public interface ISpeechDetector : IDisposable
{
    /// <summary>Samples in a step, at 16 kHz: 32 ms.</summary>
    const int StepLength = 512;

    /// <summary>A cheaper detector: while it hears nothing, this one need not be asked. Null: there is none.</summary>
    IFirstOpinion? First => null;

    /// <summary>Judges the next step of the stream.</summary>
    /// <param name="step"><see cref="StepLength"/> samples at 16 kHz, −1..1.</param>
    /// <returns>0 (no speech) to 1 (speech).</returns>
    float Probability(ReadOnlySpan<float> step);

    /// <summary>Forgets what was heard: the next step does not follow the last one.</summary>
    void Reset();
}
