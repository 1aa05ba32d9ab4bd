using SernetStream.Inference.Speech;

namespace SernetStream.Pipeline;

/// <summary>
/// Divides missing samples into those that are fed as silence and those that only move the clock, in whole steps.
/// What is less than a step is carried over, exactly.
/// </summary>
/// <param name="sourceRate">Samples per second of what is missing.</param>
/// <param name="most">Missing samples in a row that are fed.</param>
internal sealed class SilentClock(int sourceRate, long most)
{
    private long _fed;
    private Int128 _rest;

    /// <summary>Samples at 16 kHz that were never fed.</summary>
    public long Skipped { get; private set; }

    public void Pass(long count, out long fed)
    {
        fed = Math.Min(count, most - _fed);
        _fed += fed;
        _rest += (Int128)(count - fed) * FrontEndStage.SampleRate;
        var step = (Int128)ISpeechDetector.StepLength * sourceRate;
        Skipped += (long)(_rest / step) * ISpeechDetector.StepLength;
        _rest %= step;
    }

    /// <summary>Samples come again.</summary>
    public void End() => _fed = 0;
}
