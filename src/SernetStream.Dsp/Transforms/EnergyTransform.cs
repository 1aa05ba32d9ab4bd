using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>The first step of the front end: frames of samples → taper → DFT → energies of bins or mel bands.</summary>
/// <remarks>Instances keep scratch memory: one thread each.</remarks>
public sealed class EnergyTransform
{
    private readonly FrameSpectra _spectra;
    private readonly MelFilterBank? _filters;
    private readonly float[] _mel;
    private readonly float[] _silence;
    private readonly bool _isVector;

    /// <summary>Prepares tables for the options.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public EnergyTransform(FrontEndOptions options, SimdMode mode = SimdMode.Fastest)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _isVector = mode.IsVector();
        // Bands take the roots of the powers themselves, while they read them.
        var hasBands = options.Output is FeatureKind.Mfcc or FeatureKind.LogMel;
        _spectra = new FrameSpectra(
            Taper(options), options.HopLength, options.FftLength, hasBands ? SpectrumKind.Power : options.Spectrum, mode);
        _filters = hasBands ? new MelFilterBank(options, options.Spectrum == SpectrumKind.Magnitude, mode) : null;
        EnergyCount = options.EnergyCount;
        _mel = new float[(_filters?.BandCount ?? 0) * Batch];
        _silence = new float[EnergyCount * Batch];
    }

    /// <summary>The most frames at once: they cost little more than one.</summary>
    public int Batch => _spectra.Batch;

    /// <summary>Energies of a frame: mel bands, or bins from zero to half the sample rate.</summary>
    public int EnergyCount { get; }

    /// <summary>Writes the energies of frames, a hop apart, of samples as they are.</summary>
    /// <param name="samples">The finite samples of all frames.</param>
    /// <param name="frames">How many frames, 1..<see cref="Batch"/>.</param>
    /// <param name="energies">Frames × <see cref="EnergyCount"/> magnitudes or powers, or sums of them.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void Apply(ReadOnlySpan<float> samples, int frames, Span<float> energies)
    {
        if (energies.Length != frames * EnergyCount)
        {
            throw new ArgumentException($"{frames} frames give {frames * EnergyCount} energies.", nameof(energies));
        }

        Take(_spectra.InLanes(samples, frames), frames, energies);
    }

    /// <summary>
    /// The energies of a frame of zeros; what was left here of the frames before is overwritten by it. The span is valid
    /// until it is asked for again.
    /// </summary>
    internal ReadOnlySpan<float> OfSilence()
    {
        Take(_spectra.OfSilence(), Batch, _silence);
        return _silence.AsSpan(0, EnergyCount);
    }

    private void Take(ReadOnlySpan<float> spectra, int frames, Span<float> energies)
    {
        if (_filters is not null)
        {
            _filters.Apply(spectra, _mel);
            spectra = _mel;
        }

        Transposition.Apply(spectra, Batch, EnergyCount, frames, energies, EnergyCount, _isVector);
    }

    private static double[] Taper(FrontEndOptions options)
    {
        var floor = options.Taper == WindowFunction.Hann ? 0.5 : 0.54;
        return [.. Enumerable.Range(0, options.FrameLength).Select(n =>
            floor - ((1 - floor) * Math.Cos(2 * Math.PI * n / options.FrameLength)))];
    }
}
