namespace SernetStream.Dsp;

/// <summary>
/// The last step of the front end: mel energies → logarithm → DCT-II → cepstral coefficients,
/// c[k] = 2/√(2M) · Σ ln(g·m[n] + ε) · cos(πk(2n + 1)/2M), for M bands and k from 0, without a special first
/// row (TensorFlow's <c>mfccs_from_log_mel_spectrograms</c>). The gain g of the whole segment enters here, so that mel
/// energies can be kept while the gain changes from window to window.
/// </summary>
/// <remarks>Instances keep scratch memory: one thread each.</remarks>
public sealed class CepstralTransform
{
    private readonly float[][] _basis;
    private readonly float[] _logMel;
    private readonly float _offset;
    private readonly float _limit;
    private readonly bool _isPower;

    /// <summary>Computes the basis for the options' bands and coefficients.</summary>
    public CepstralTransform(FrontEndOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var bands = options.MelBands;
        _logMel = new float[bands];
        _offset = (float)options.LogOffset;
        _limit = (float)(options.CoefficientLimit ?? double.PositiveInfinity);
        _isPower = options.Spectrum == SpectrumKind.Power;
        _basis = new float[options.Coefficients][];
        for (var k = 0; k < _basis.Length; k++)
        {
            _basis[k] = new float[bands];
            for (var n = 0; n < bands; n++)
            {
                _basis[k][n] = (float)(2 / Math.Sqrt(2.0 * bands) * Math.Cos(Math.PI * k * ((2 * n) + 1) / (2.0 * bands)));
            }
        }
    }

    /// <summary>Writes the coefficients of one frame.</summary>
    /// <param name="mel">Mel energies of the frame as captured.</param>
    /// <param name="gain">What the samples of the segment are multiplied with to normalise its level.</param>
    /// <param name="coefficients">One number per coefficient kept.</param>
    public void Apply(ReadOnlySpan<float> mel, double gain, Span<float> coefficients)
    {
        var melGain = _isPower ? gain * gain : gain;
        SpanMath.LogOfScaled(mel, (float)melGain, _offset, _logMel);
        for (var k = 0; k < _basis.Length; k++)
        {
            coefficients[k] = Math.Clamp(SpanMath.Dot(_logMel, _basis[k]), -_limit, _limit);
        }
    }
}
