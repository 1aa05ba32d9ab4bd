using System.Numerics;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>The first step of the front end: one frame of samples → taper → DFT → energies of bins or mel bands.</summary>
/// <remarks>Instances keep scratch memory: one thread each.</remarks>
public sealed class EnergyTransform
{
    /// <summary>
    /// Added to every power, so that rounding it to single precision never meets the numbers below 1.2e-38 that
    /// processors take a hundred times as long for. As a magnitude it is 3e-19, far below what any input resolves.
    /// </summary>
    private const double LeastPower = 1e-37;

    private readonly double[] _taper;
    private readonly double[] _frame;
    private readonly double[] _power;
    private readonly float[] _spectrum;
    private readonly float[] _silence;
    private readonly RealFft _fft;
    private readonly MelFilterBank? _filters;
    private readonly bool _isPower;
    private readonly bool _isVector;

    /// <summary>Prepares tables for the options.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public EnergyTransform(FrontEndOptions options, SimdMode mode = SimdMode.Fastest)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _isVector = mode.IsVector();
        _isPower = options.Spectrum == SpectrumKind.Power;
        _fft = new RealFft(options.FftLength, mode);
        _filters = options.Output is FeatureKind.Mfcc or FeatureKind.LogMel ? new MelFilterBank(options, mode) : null;
        EnergyCount = options.EnergyCount;
        // Pinned: a collection that moved it would leave a copy of the sound behind.
        _frame = GC.AllocateArray<double>(options.FftLength, pinned: true);
        _power = new double[_fft.BinCount];
        _spectrum = new float[_filters?.RoomNeeded ?? _fft.BinCount];
        _taper = Taper(options);
        _silence = new float[EnergyCount];
    }

    /// <summary>Samples in a frame.</summary>
    public int FrameLength => _taper.Length;

    /// <summary>Energies of a frame: mel bands, or bins from zero to half the sample rate.</summary>
    public int EnergyCount { get; }

    /// <summary>Writes the energies of a frame of samples as they are.</summary>
    /// <param name="samples"><see cref="FrameLength"/> finite samples.</param>
    /// <param name="energies"><see cref="EnergyCount"/> magnitudes or powers, or sums of them.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void Apply(ReadOnlySpan<float> samples, Span<float> energies)
    {
        if (samples.Length != FrameLength || energies.Length != EnergyCount)
        {
            throw new ArgumentException($"A frame has {FrameLength} samples and gives {EnergyCount} energies.");
        }

        ApplyTaper(samples);
        Transform(energies);
    }

    /// <summary>
    /// The energies of a frame of zeros; what was left here of the frame before is overwritten by it. The span is valid
    /// until it is asked for again.
    /// </summary>
    internal ReadOnlySpan<float> OfSilence()
    {
        Array.Clear(_frame);
        Transform(_silence);
        return _silence;
    }

    private void Transform(Span<float> energies)
    {
        _fft.PowerSpectrum(_frame, _power);
        TakeSpectrum();
        if (_filters is null)
        {
            _spectrum.CopyTo(energies);
        }
        else
        {
            _filters.Apply(_spectrum, energies);
        }
    }

    private static double[] Taper(FrontEndOptions options)
    {
        var floor = options.Taper == WindowFunction.Hann ? 0.5 : 0.54;
        return [.. Enumerable.Range(0, options.FrameLength).Select(n =>
            floor - ((1 - floor) * Math.Cos(2 * Math.PI * n / options.FrameLength)))];
    }

    private void ApplyTaper(ReadOnlySpan<float> samples)
    {
        ref var x = ref MemoryMarshal.GetReference(samples);
        ref var taper = ref MemoryMarshal.GetArrayDataReference(_taper);
        ref var frame = ref MemoryMarshal.GetArrayDataReference(_frame);
        var n = 0;
        for (; _isVector && n + Vector<float>.Count <= samples.Length; n += Vector<float>.Count)
        {
            Vector.Widen(VectorExtensions.Load(ref x, n), out var low, out var high);
            var middle = n + Vector<double>.Count;
            VectorExtensions.Store(low * VectorExtensions.Load(ref taper, n), ref frame, n);
            VectorExtensions.Store(high * VectorExtensions.Load(ref taper, middle), ref frame, middle);
        }

        for (; n < samples.Length; n++)
        {
            _frame[n] = samples[n] * _taper[n];
        }
    }

    private void TakeSpectrum()
    {
        ref var power = ref MemoryMarshal.GetArrayDataReference(_power);
        ref var spectrum = ref MemoryMarshal.GetArrayDataReference(_spectrum);
        var least = new Vector<double>(LeastPower);
        var n = 0;
        for (; _isVector && n + Vector<float>.Count <= _power.Length; n += Vector<float>.Count)
        {
            var bins = Vector.Narrow(
                VectorExtensions.Load(ref power, n) + least, VectorExtensions.Load(ref power, n + Vector<double>.Count) + least);
            VectorExtensions.Store(_isPower ? bins : Vector.SquareRoot(bins), ref spectrum, n);
        }

        for (; n < _power.Length; n++)
        {
            var bin = (float)(_power[n] + LeastPower);
            _spectrum[n] = _isPower ? bin : MathF.Sqrt(bin);
        }
    }
}
