using System.Numerics;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// The second step of the front end: the energies of a frame → gain → logarithm → DCT, as far as the options' output
/// asks for it. The gain of a whole segment enters here, so that energies can be kept while the gain changes from
/// window to window.
/// </summary>
/// <remarks>Instances keep scratch memory: one thread each.</remarks>
public sealed class FeatureTransform
{
    private readonly FeatureKind _output;
    private readonly bool _isVector;
    private readonly bool _isDecibel;
    private readonly float _offset;
    private readonly float _scale;
    private readonly float[] _logs;
    private readonly CosineTransform? _cosine;

    /// <summary>Prepares tables for the options.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public FeatureTransform(FrontEndOptions options, SimdMode mode = SimdMode.Fastest)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _output = options.Output;
        _isVector = mode.IsVector();
        _isDecibel = options.Log == LogKind.Decibel;
        _offset = (float)options.LogOffset;
        _scale = _isDecibel ? (float)(10 / Math.Log(10)) : 1;
        EnergyCount = options.EnergyCount;
        FeatureCount = options.FrameFeatures;
        _logs = new float[EnergyCount];
        if (_output == FeatureKind.Mfcc)
        {
            var limit = (float)(options.CoefficientLimit ?? double.PositiveInfinity);
            _cosine = new CosineTransform(EnergyCount, FeatureCount, options.Dct, limit, mode);
        }
    }

    /// <summary>Energies of a frame, as <see cref="EnergyTransform"/> gives them.</summary>
    public int EnergyCount { get; }

    /// <summary>Numbers a frame becomes.</summary>
    public int FeatureCount { get; }

    /// <summary>Writes the features of one frame.</summary>
    /// <param name="energies"><see cref="EnergyCount"/> energies as captured.</param>
    /// <param name="gain">What every energy is multiplied with, above 0: the segment's gain, squared for powers.</param>
    /// <param name="floor">The lower bound of energies, after the gain; 0 to leave them.</param>
    /// <param name="features"><see cref="FeatureCount"/> numbers.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void Apply(ReadOnlySpan<float> energies, float gain, float floor, Span<float> features)
    {
        if (energies.Length != EnergyCount || features.Length != FeatureCount)
        {
            throw new ArgumentException($"A frame has {EnergyCount} energies and becomes {FeatureCount} features.");
        }

        if (_output == FeatureKind.Spectrogram)
        {
            for (var i = 0; i < features.Length; i++)
            {
                features[i] = gain * energies[i];
            }
        }
        else if (_cosine is null)
        {
            TakeLogarithms(energies, gain, floor, features);
        }
        else
        {
            TakeLogarithms(energies, gain, floor, _logs);
            _cosine.Apply(_logs, features);
        }
    }

    private void TakeLogarithms(ReadOnlySpan<float> energies, float gain, float floor, Span<float> logs)
    {
        // ln(g·x + offset), or of max(g·x, offset): one is added and the other a lower bound, so each has a neutral
        // value.
        var (added, least) = _isDecibel ? (0f, Math.Max(_offset, floor)) : (_offset, 0f);
        ref var x = ref MemoryMarshal.GetReference(energies);
        ref var y = ref MemoryMarshal.GetReference(logs);
        var i = 0;
        for (; _isVector && i + Vector<float>.Count <= energies.Length; i += Vector<float>.Count)
        {
            var value = (VectorExtensions.Load(ref x, i) * gain) + new Vector<float>(added);
            if (_isDecibel)
            {
                var bound = new Vector<float>(least);
                value = Vector.ConditionalSelect(Vector.GreaterThan(value, bound), value, bound);
            }

            VectorExtensions.Store(Logarithm.Of(value) * _scale, ref y, i);
        }

        for (; i < energies.Length; i++)
        {
            logs[i] = Logarithm.Of(Math.Max((energies[i] * gain) + added, least)) * _scale;
        }
    }
}
