using SernetStream.Dsp.Simd;
using SernetStream.Models;
using SernetStream.Speech.Silero;

namespace SernetStream.Speech;

/// <summary>
/// Silero VAD v6 for 16 kHz, a small recurrent network: it reads each step behind the last 64 samples of the one before, and
/// carries a state from step to step.
/// </summary>
/// <remarks>
/// The network runs here rather than in ONNX Runtime: spectrum, four convolutions, a memory cell, one output. That takes a
/// fraction of the time and of the memory, and gives the same to the bit on every processor. All detectors share the weights.
/// </remarks>
public sealed class SileroDetector : ISpeechDetector
{
    private readonly SileroSpectrum _spectrum;
    private readonly SileroEncoder _encoder;
    private readonly MemoryCell _cell;

    /// <summary>Makes a detector that has heard nothing yet.</summary>
    /// <param name="mode">Which implementation runs.</param>
    public SileroDetector(SimdMode mode = SimdMode.Fastest)
    {
        _spectrum = new SileroSpectrum(mode);
        _encoder = new SileroEncoder(mode);
        _cell = new MemoryCell(mode);
    }

    /// <inheritdoc/>
    public IFirstOpinion? First { get; init; }

    /// <inheritdoc/>
    public float Probability(ReadOnlySpan<float> step)
    {
        // The first opinion, if it is a MelDetector, has heard this step, and computed the spectrum.
        _encoder.Apply(_spectrum.Of(step, (First as MelDetector)?.Spectrum));
        _cell.Step(_encoder.Output);
        var probability = SileroWeights.Shared.LikelihoodOf(_cell.Output);
        if (!float.IsFinite(probability))
        {
            // Kept, it would make every later step one without an answer.
            Reset();
            throw new ModelException(ModelError.NotFinite, "The speech detector gave a result that is not a number.");
        }

        return probability;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        // What was left of the sound here is overwritten, too.
        _encoder.Apply(_spectrum.OfSilence());
        _cell.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();
}
