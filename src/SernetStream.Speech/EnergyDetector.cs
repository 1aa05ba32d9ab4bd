namespace SernetStream.Speech;

/// <summary>
/// The light alternative to <see cref="SileroDetector"/>: a step is speech if it is clearly louder than the quietest
/// the room has been of late. It costs nothing, and takes every other sound for speech too.
/// </summary>
public sealed class EnergyDetector : ISpeechDetector
{
    /// <summary>How far above the noise floor a step must be to be speech for certain.</summary>
    private const double CertainDecibels = 18;

    /// <summary>
    /// The lowest floor (full scale = 0 dB): digital silence is no reference.
    /// </summary>
    private const double LowestFloorDecibels = -65;

    /// <summary>How fast the floor rises when the room gets louder for good: 3 dB a second, in dB a step.</summary>
    private const double RisePerStep = 3 * ISpeechDetector.StepLength / 16000.0;

    private double _floor = double.PositiveInfinity;

    /// <inheritdoc/>
    public float Probability(ReadOnlySpan<float> step)
    {
        var sum = 0.0;
        foreach (var sample in step)
        {
            sum += sample * sample;
        }

        var level = 10 * Math.Log10((sum / step.Length) + 1e-12);
        _floor = Math.Max(Math.Min(level, _floor + RisePerStep), LowestFloorDecibels);
        return (float)Math.Clamp((level - _floor) / CertainDecibels, 0, 1);
    }

    /// <inheritdoc/>
    public void Reset() => _floor = double.PositiveInfinity;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
