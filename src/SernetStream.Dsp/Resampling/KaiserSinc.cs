namespace SernetStream.Dsp.Resampling;

/// <summary>
/// A low-pass prototype in continuous time: sinc under a Kaiser window, with time in input samples and frequency in
/// cycles per input sample. Every coefficient of the resampler is a sample of it.
/// </summary>
/// <remarks>
/// Length and window parameter follow Kaiser's formulas (J. F. Kaiser, "Nonrecursive digital filter design using the
/// I0-sinh window function", 1974; also Oppenheim and Schafer, Discrete-Time Signal Processing, section 7.6).
/// </remarks>
internal sealed class KaiserSinc
{
    private readonly double _cutoff;
    private readonly double _beta;
    private readonly double _windowPeak;

    /// <param name="passEdge">Where the pass band ends, in cycles per input sample.</param>
    /// <param name="stopEdge">
    /// Where the stop band begins, in cycles per input sample; above <paramref name="passEdge"/>.
    /// </param>
    /// <param name="attenuationDb">How far the stop band lies below the pass band, in dB; above 50.</param>
    public KaiserSinc(double passEdge, double stopEdge, double attenuationDb)
    {
        // The window makes the step symmetric: the response is one half in the middle of the transition.
        _cutoff = 0.5 * (passEdge + stopEdge);
        _beta = 0.1102 * (attenuationDb - 8.7);
        _windowPeak = BesselI0(_beta);
        HalfLength = 0.5 * (attenuationDb - 7.95) / (14.36 * (stopEdge - passEdge));
    }

    /// <summary>The prototype is zero beyond this time on both sides of its centre, in input samples.</summary>
    public double HalfLength { get; }

    /// <summary>The impulse response at a time counted from its centre, in input samples.</summary>
    public double At(double time)
    {
        var place = time / HalfLength;
        if (Math.Abs(place) >= 1)
        {
            return 0;
        }

        var window = BesselI0(_beta * Math.Sqrt(1 - (place * place))) / _windowPeak;
        return 2 * _cutoff * Sinc(2 * _cutoff * time) * window;
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    /// <summary>The modified Bessel function of the first kind and order zero, by its power series.</summary>
    private static double BesselI0(double x)
    {
        var term = 1.0;
        var sum = 1.0;
        for (var k = 1; term > sum * 1e-17; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }

        return sum;
    }
}
