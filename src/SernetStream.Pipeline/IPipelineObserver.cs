namespace SernetStream.Pipeline;

/// <summary>What the front end makes of 32 ms.</summary>
/// <param name="Seconds">Where the stream is, by the sample clock.</param>
/// <param name="LevelDb">Root mean square of the samples in decibels of full scale; −120 is silence.</param>
/// <param name="SpeechProbability">What the speech detector says, 0..1.</param>
/// <param name="Speaking">Whether the gate is open.</param>
public readonly record struct StepView(double Seconds, float LevelDb, float SpeechProbability, bool Speaking);

/// <summary>
/// Watches what a pipeline works on, for a level meter or a picture of the features. It is called on the front end's
/// thread, which waits: take what you need, allocate nothing, and never block or throw. No samples are shown.
/// </summary>
public interface IPipelineObserver
{
    /// <summary>A step of the speech gate has passed; not called while the pipeline is muted.</summary>
    void Stepped(in StepView step);

    /// <summary>A window was cut.</summary>
    /// <param name="features">Frames × coefficients, row by row, the newest frame last; valid during the call.</param>
    /// <param name="coefficients">Features in a frame.</param>
    /// <param name="isFinal">Whether it holds a whole utterance.</param>
    void WindowCut(ReadOnlySpan<float> features, int coefficients, bool isFinal);
}
