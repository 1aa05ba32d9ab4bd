using NWaves.Filters.Fda;
using NWaves.Transforms;
using NWaves.Utils;

namespace SernetStream.Dsp.Tests;

/// <summary>
/// A second front end, built from NWaves' FFT, mel banks and DCT. Level, window and logarithm are written here, since NWaves'
/// windows are symmetric and its logarithm has a floor instead of an offset.
/// </summary>
/// <remarks>Only for presets with MFCC output and without reflection at the ends.</remarks>
internal sealed class NWavesFrontEnd
{
    private readonly FrontEndOptions _options;
    private readonly RealFft64 _fft;
    private readonly Dct2 _dct;
    private readonly float[][] _bank;
    private readonly double[] _taper;
    private readonly double[] _frame;
    private readonly double[] _real;
    private readonly double[] _imaginary;
    private readonly float[] _spectrum;
    private readonly float[] _energies;
    private readonly float[] _logs;
    private readonly float[] _coefficients;

    public NWavesFrontEnd(FrontEndOptions options)
    {
        _options = options;
        _fft = new RealFft64(options.FftLength);
        _dct = new Dct2(options.MelBands);
        _bank = options.MelScale == MelScaleKind.Slaney
            ? FilterBanks.MelBankSlaney(options.MelBands, options.FftLength, options.SampleRate, options.LowHz, options.HighHz)
            : FilterBanks.Triangular(
                options.FftLength,
                options.SampleRate,
                FilterBanks.MelBands(options.MelBands, options.SampleRate, options.LowHz, options.HighHz),
                mapper: Scale.HerzToMel);
        var floor = options.Taper == WindowFunction.Hann ? 0.5 : 0.54;
        _taper = [.. Enumerable.Range(0, options.FrameLength).Select(n =>
            floor - ((1 - floor) * Math.Cos(2 * Math.PI * n / options.FrameLength)))];
        _frame = new double[options.FftLength];
        _real = new double[(options.FftLength / 2) + 1];
        _imaginary = new double[_real.Length];
        _spectrum = new float[_real.Length];
        _energies = new float[options.MelBands];
        _logs = new float[options.MelBands];
        _coefficients = new float[options.Coefficients];
    }

    /// <summary>The coefficients of a frame of samples, not clipped; valid until the next call.</summary>
    public float[] Frame(ReadOnlySpan<float> samples) => Coefficients(Energies(samples, 1), 0);

    /// <summary>The feature matrix of a recording, like <see cref="SegmentFrontEnd.Compute(ReadOnlySpan{float}, Span{float})"/>.</summary>
    public float[] Segment(float[] samples)
    {
        var segment = Fitted(samples);
        var gain = Gain(segment);
        var lead = _options.Framing == FramingKind.Whole ? 0 : _options.FrameLength / 2;
        float[] padded = [.. new float[lead], .. segment, .. new float[lead + _options.FrameLength]];
        var energies = Enumerable.Range(0, _options.FrameCount)
            .Select(i => Energies(padded.AsSpan(i * _options.HopLength, _options.FrameLength), gain).ToArray()).ToArray();
        var floor = _options.TopDb is { } topDb ? energies.Max(frame => frame.Max()) * Math.Pow(10, -topDb / 10) : 0;
        var limit = (float)(_options.CoefficientLimit ?? double.PositiveInfinity);
        return [.. energies.SelectMany(frame => Coefficients(frame, (float)floor).ToArray()).Select(c => Math.Clamp(c, -limit, limit))];
    }

    private float[] Fitted(float[] samples)
    {
        var length = _options.SegmentLength;
        if (samples.Length >= length)
        {
            return [.. samples.Skip((samples.Length - length) / 2).Take(length)];
        }

        var segment = new float[length];
        samples.CopyTo(segment, (length - samples.Length) / 2);
        return segment;
    }

    private double Gain(float[] segment)
    {
        var loudness = segment.Select(Math.Abs).Order().ToArray();
        var place = 0.999 * (loudness.Length - 1);
        var below = (int)place;
        double level = _options.Level switch
        {
            LevelKind.Peak => loudness[^1],
            LevelKind.Percentile999 => loudness[below] + ((place - below) * (loudness[below + 1] - loudness[below])),
            _ => 1,
        };
        return level > 0 ? 1 / level : 1;
    }

    private float[] Energies(ReadOnlySpan<float> samples, double gain)
    {
        var limit = _options.Level == LevelKind.Percentile999 ? 1 : double.PositiveInfinity;
        for (var n = 0; n < samples.Length; n++)
        {
            _frame[n] = Math.Clamp(samples[n] * gain, -limit, limit) * _taper[n];
        }

        _fft.Direct(_frame, _real, _imaginary);
        for (var bin = 0; bin < _spectrum.Length; bin++)
        {
            var power = (_real[bin] * _real[bin]) + (_imaginary[bin] * _imaginary[bin]);
            _spectrum[bin] = (float)(_options.Spectrum == SpectrumKind.Power ? power : Math.Sqrt(power));
        }

        FilterBanks.Apply(_bank, _spectrum, _energies);
        return _energies;
    }

    private float[] Coefficients(float[] energies, float floor)
    {
        for (var band = 0; band < _logs.Length; band++)
        {
            _logs[band] = (float)(_options.Log == LogKind.Natural
                ? Math.Log(energies[band] + _options.LogOffset)
                : 10 * Math.Log10(Math.Max(energies[band], Math.Max(_options.LogOffset, floor))));
        }

        _dct.DirectNorm(_logs, _coefficients);
        if (_options.Dct == DctKind.Uniform)
        {
            _coefficients[0] *= MathF.Sqrt(2);
        }

        return _coefficients;
    }
}
