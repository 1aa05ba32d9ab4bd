namespace SernetStream.Dsp;

/// <summary>The first step of the front end: one frame of samples → taper → DFT → mel energies.</summary>
/// <remarks>Instances keep scratch memory: one thread each.</remarks>
public sealed class MelFrameTransform
{
    private readonly double[] _taper;
    private readonly double[] _frame;
    private readonly double[] _power;
    private readonly float[] _spectrum;
    private readonly RealFft _fft;
    private readonly MelFilterBank _filters;
    private readonly bool _isPower;

    /// <summary>Prepares tables for the options.</summary>
    public MelFrameTransform(FrontEndOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _fft = new RealFft(options.FftLength);
        _filters = new MelFilterBank(options);
        _isPower = options.Spectrum == SpectrumKind.Power;
        _frame = new double[options.FftLength];
        _power = new double[_fft.BinCount];
        _spectrum = new float[_fft.BinCount];
        _taper = new double[options.FrameLength];
        for (var n = 0; n < _taper.Length; n++)
        {
            var cosine = Math.Cos(2 * Math.PI * n / _taper.Length);
            _taper[n] = options.Taper == TaperKind.Hann ? 0.5 - (0.5 * cosine) : 0.54 - (0.46 * cosine);
        }
    }

    /// <summary>Samples in a frame.</summary>
    public int FrameLength => _taper.Length;

    /// <summary>Mel energies in a frame.</summary>
    public int BandCount => _filters.BandCount;

    /// <summary>Writes the mel energies of a frame of samples as they are.</summary>
    /// <param name="samples"><see cref="FrameLength"/> samples.</param>
    /// <param name="mel"><see cref="BandCount"/> energies.</param>
    public void Apply(ReadOnlySpan<float> samples, Span<float> mel)
    {
        for (var n = 0; n < _taper.Length; n++)
        {
            _frame[n] = samples[n] * _taper[n];
        }

        Transform(mel);
    }

    /// <summary>Writes the mel energies of a frame of samples brought to level: multiplied and clipped to ±1.</summary>
    /// <param name="samples"><see cref="FrameLength"/> samples.</param>
    /// <param name="gain">The factor before the clip.</param>
    /// <param name="mel"><see cref="BandCount"/> energies.</param>
    public void ApplyClipped(ReadOnlySpan<float> samples, double gain, Span<float> mel)
    {
        for (var n = 0; n < _taper.Length; n++)
        {
            _frame[n] = Math.Clamp(samples[n] * gain, -1, 1) * _taper[n];
        }

        Transform(mel);
    }

    private void Transform(Span<float> mel)
    {
        _fft.PowerSpectrum(_frame, _power);
        for (var bin = 0; bin < _power.Length; bin++)
        {
            _spectrum[bin] = (float)(_isPower ? _power[bin] : Math.Sqrt(_power[bin]));
        }

        _filters.Apply(_spectrum, mel);
    }
}
