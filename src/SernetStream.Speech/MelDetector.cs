using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;
using SernetStream.Models;
using SernetStream.Speech.Silero;

namespace SernetStream.Speech;

/// <summary>
/// A small causal network over the bands of steps, trained to hear what Silero hears (<c>training/sernet/gate</c>):
/// 32 bands and how far they are above the room's floor → 32 channels → three blocks that look back 0.13, 0.26 and 0.77 s →
/// one number.
/// </summary>
/// <remarks>
/// Each sum has one order, and a product and a sum are rounded separately, so that vectors of any width and scalars
/// give the same to the bit. Nothing is allocated after construction.
/// </remarks>
public sealed class MelDetector : IFirstOpinion
{
    private const int Channels = 32;
    private const int Taps = 5;
    private const string Resource = "mel-detector.f32";

    private static readonly int[] Dilations = [1, 2, 6];

    private readonly StepBands _bands;
    private readonly DenseLayer _enter;
    private readonly (LookingBack Past, DenseLayer Mix)[] _blocks;
    private readonly float[] _leave;
    private readonly float _bias;
    private readonly float[] _hidden = new float[Channels];
    private readonly float[] _past = new float[Channels];
    private readonly float[] _mixed = new float[Channels];

    /// <summary>Loads the weights, which are built in.</summary>
    /// <param name="mode">Which implementation of the inner loops runs.</param>
    public MelDetector(SimdMode mode = SimdMode.Fastest)
    {
        var bytes = ModelCatalog.ResourceOf(typeof(MelDetector).Assembly, Resource);
        var weights = new WeightReader(bytes);
        _bands = new StepBands(mode);
        _enter = new DenseLayer(weights.Take(Channels), weights.Take(2 * StepBands.Count * Channels), mode);
        _blocks = [.. Dilations.Select(dilation => (
            new LookingBack(weights.Take(Channels), weights.Take(Taps * Channels), dilation, mode),
            new DenseLayer(weights.Take(Channels), weights.Take(Channels * Channels), mode)))];
        _bias = weights.Take(1)[0];
        _leave = weights.Take(Channels);
        weights.RequireEnd();
    }

    /// <summary>The spectrum of the last step.</summary>
    internal SileroSpectrum Spectrum => _bands.Spectrum;

    /// <inheritdoc/>
    public bool MaySpeak(ReadOnlySpan<float> step) => Logit(step) >= 0;

    /// <inheritdoc/>
    public void Reset()
    {
        foreach (var (past, _) in _blocks)
        {
            past.Reset();
        }

        _bands.Reset();
        Array.Clear(_hidden);
        Array.Clear(_past);
        Array.Clear(_mixed);
    }

    /// <summary>What <see cref="MaySpeak"/> decides by: 0 or more if somebody may be speaking.</summary>
    internal float Logit(ReadOnlySpan<float> step)
    {
        _enter.Apply(_bands.Of(step), _hidden);
        foreach (var (past, mix) in _blocks)
        {
            past.Apply(_hidden, _past);
            mix.Apply(_past, _mixed);
            for (var i = 0; i < Channels; i++)
            {
                _hidden[i] += _mixed[i];
            }
        }

        var logit = _bias;
        for (var i = 0; i < Channels; i++)
        {
            logit += _leave[i] * _hidden[i];
        }

        return logit;
    }

    /// <summary>Takes weights in the order in which training writes them: little-endian, single precision.</summary>
    private sealed class WeightReader(byte[] bytes)
    {
        private int _taken;

        public float[] Take(int count)
        {
            var weights = MemoryMarshal.Cast<byte, float>(bytes).Slice(_taken, count).ToArray();
            _taken += count;
            return weights;
        }

        public void RequireEnd()
        {
            if (_taken * sizeof(float) != bytes.Length)
            {
                throw new ModelException(
                    ModelError.NotFound, $"{Resource} has {bytes.Length} bytes; the network has {_taken} weights of {sizeof(float)}.");
            }
        }
    }
}
