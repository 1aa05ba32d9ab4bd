using System.Numerics;
using System.Runtime.InteropServices;

namespace SernetStream.Dsp;

/// <summary>
/// The discrete Fourier transform of real samples, X[k] = Σ x[n]·exp(−2πi·k·n/N), in double precision.
/// </summary>
/// <remarks>
/// <para>
/// Double, because the logarithm that follows makes a quiet band as important as a loud one: beside a loud
/// tone the rounding of single precision (about −140 dB) would be larger than what is really in the quiet bands.
/// </para>
/// <para>
/// The even and odd samples form a complex signal of half the length, transformed by Stockham's self-sorting
/// algorithm (radix 4, a last pass of radix 2 where the length asks for it) over split real and imaginary parts, so
/// that all but the first passes run on whole <see cref="Vector{T}"/>s. Instances keep scratch memory: one thread each.
/// </para>
/// </remarks>
public sealed class RealFft
{
    private readonly int _half;
    private readonly Pass[] _passes;
    private readonly double[] _unpackCos;
    private readonly double[] _unpackSin;
    private double[] _re;
    private double[] _im;
    private double[] _reNext;
    private double[] _imNext;

    /// <summary>Prepares tables for one length.</summary>
    /// <param name="length">N, a power of two in 4..65536.</param>
    public RealFft(int length)
    {
        if (length is < 4 or > 65536 || !int.IsPow2(length))
        {
            throw new ArgumentException($"length is {length}; it must be a power of two in 4..65536.", nameof(length));
        }

        Length = length;
        _half = length / 2;
        _re = new double[_half];
        _im = new double[_half];
        _reNext = new double[_half];
        _imNext = new double[_half];

        var passes = new List<Pass>();
        var stride = 1;
        for (var n = _half; n > 1; n = n >= 4 ? n / 4 : 1)
        {
            passes.Add(new Pass(n, stride));
            stride *= 4;
        }

        _passes = [.. passes];
        _unpackCos = new double[_half];
        _unpackSin = new double[_half];
        for (var k = 0; k < _half; k++)
        {
            (_unpackSin[k], _unpackCos[k]) = Math.SinCos(-2 * Math.PI * k / length);
        }
    }

    /// <summary>N, the number of real samples.</summary>
    public int Length { get; }

    /// <summary>Number of bins from zero to half the sample rate: N/2 + 1.</summary>
    public int BinCount => _half + 1;

    /// <summary>Writes |X[k]|² for k = 0..N/2.</summary>
    /// <param name="input">N samples.</param>
    /// <param name="power">N/2 + 1 values.</param>
    public void PowerSpectrum(ReadOnlySpan<double> input, Span<double> power)
    {
        if (input.Length != Length || power.Length != BinCount)
        {
            throw new ArgumentException($"A transform of {Length} needs {Length} samples and {BinCount} bins.");
        }

        for (var n = 0; n < _half; n++)
        {
            _re[n] = input[2 * n];
            _im[n] = input[(2 * n) + 1];
        }

        foreach (var pass in _passes)
        {
            pass.Run(_re, _im, _reNext, _imNext);
            (_re, _reNext) = (_reNext, _re);
            (_im, _imNext) = (_imNext, _im);
        }

        UnpackPower(power);
    }

    /// <summary>
    /// Splits the transform Z of the packed signal into those of the even and the odd samples, E and O, and joins
    /// them: X[k] = E[k] + exp(−2πi·k/N)·O[k], X[N/2 − k] = conj(E[k] − exp(−2πi·k/N)·O[k]).
    /// </summary>
    private void UnpackPower(Span<double> power)
    {
        var (re, im) = (_re, _im);
        power[0] = Square(re[0] + im[0]);
        power[_half] = Square(re[0] - im[0]);
        for (int k = 1, mirror = _half - 1; k <= mirror; k++, mirror--)
        {
            var evenRe = 0.5 * (re[k] + re[mirror]);
            var evenIm = 0.5 * (im[k] - im[mirror]);
            var oddRe = 0.5 * (im[k] + im[mirror]);
            var oddIm = 0.5 * (re[mirror] - re[k]);
            var (cos, sin) = (_unpackCos[k], _unpackSin[k]);
            var turnedRe = (cos * oddRe) - (sin * oddIm);
            var turnedIm = (cos * oddIm) + (sin * oddRe);
            power[k] = Square(evenRe + turnedRe) + Square(evenIm + turnedIm);
            power[mirror] = Square(evenRe - turnedRe) + Square(evenIm - turnedIm);
        }
    }

    private static double Square(double value) => value * value;

    /// <summary>
    /// One pass of the transform: <paramref name="length"/> is what is left to transform, <paramref name="stride"/>
    /// how many transforms lie interleaved; the innermost loop runs over those.
    /// </summary>
    private sealed class Pass(int length, int stride)
    {
        private readonly int _radix = length >= 4 ? 4 : 2;
        private readonly (double Cos, double Sin)[] _twiddles = Twiddles(length);

        public void Run(double[] re, double[] im, double[] reOut, double[] imOut)
        {
            if (_radix == 2)
            {
                Radix2(re, im, reOut, imOut);
                return;
            }

            var quarter = length / 4 * stride;
            for (var p = 0; p < length / 4; p++)
            {
                var from = p * stride;
                var to = 4 * from;
                if (stride >= Vector<double>.Count)
                {
                    Radix4(
                        MemoryMarshal.Cast<double, Vector<double>>(re.AsSpan()),
                        MemoryMarshal.Cast<double, Vector<double>>(im.AsSpan()),
                        MemoryMarshal.Cast<double, Vector<double>>(reOut.AsSpan()),
                        MemoryMarshal.Cast<double, Vector<double>>(imOut.AsSpan()),
                        p, from / Vector<double>.Count, to / Vector<double>.Count, quarter / Vector<double>.Count);
                }
                else
                {
                    Radix4Scalar(re, im, reOut, imOut, p, from, to, quarter);
                }
            }
        }

        private static (double Cos, double Sin)[] Twiddles(int length)
        {
            var twiddles = new (double, double)[Math.Max(1, length / 4) * 3];
            for (var i = 0; i < twiddles.Length; i++)
            {
                var (sin, cos) = Math.SinCos(-2 * Math.PI * (i / 3) * ((i % 3) + 1) / length);
                twiddles[i] = (cos, sin);
            }

            return twiddles;
        }

        private void Radix2(double[] re, double[] im, double[] reOut, double[] imOut)
        {
            for (var q = 0; q < stride; q++)
            {
                (reOut[q], reOut[q + stride]) = (re[q] + re[q + stride], re[q] - re[q + stride]);
                (imOut[q], imOut[q + stride]) = (im[q] + im[q + stride], im[q] - im[q + stride]);
            }
        }

        private void Radix4Scalar(
            double[] re, double[] im, double[] reOut, double[] imOut, int p, int from, int to, int quarter)
        {
            var (c1, s1) = _twiddles[3 * p];
            var (c2, s2) = _twiddles[(3 * p) + 1];
            var (c3, s3) = _twiddles[(3 * p) + 2];
            for (var q = 0; q < stride; q++, from++, to++)
            {
                var (aRe, aIm) = (re[from], im[from]);
                var (bRe, bIm) = (re[from + quarter], im[from + quarter]);
                var (cRe, cIm) = (re[from + (2 * quarter)], im[from + (2 * quarter)]);
                var (dRe, dIm) = (re[from + (3 * quarter)], im[from + (3 * quarter)]);
                var (sumRe, sumIm, differenceRe, differenceIm) = (aRe + cRe, aIm + cIm, aRe - cRe, aIm - cIm);
                var (sumRe2, sumIm2, turnedRe, turnedIm) = (bRe + dRe, bIm + dIm, bIm - dIm, dRe - bRe);

                (reOut[to], imOut[to]) = (sumRe + sumRe2, sumIm + sumIm2);
                var (yRe, yIm) = (differenceRe + turnedRe, differenceIm + turnedIm);
                reOut[to + stride] = (c1 * yRe) - (s1 * yIm);
                imOut[to + stride] = (c1 * yIm) + (s1 * yRe);
                (yRe, yIm) = (sumRe - sumRe2, sumIm - sumIm2);
                reOut[to + (2 * stride)] = (c2 * yRe) - (s2 * yIm);
                imOut[to + (2 * stride)] = (c2 * yIm) + (s2 * yRe);
                (yRe, yIm) = (differenceRe - turnedRe, differenceIm - turnedIm);
                reOut[to + (3 * stride)] = (c3 * yRe) - (s3 * yIm);
                imOut[to + (3 * stride)] = (c3 * yIm) + (s3 * yRe);
            }
        }

        /// <summary>As <see cref="Radix4Scalar"/>, all positions counted in vectors.</summary>
        private void Radix4(
            ReadOnlySpan<Vector<double>> re,
            ReadOnlySpan<Vector<double>> im,
            Span<Vector<double>> reOut,
            Span<Vector<double>> imOut,
            int p, int from, int to, int quarter)
        {
            var (c1, s1) = _twiddles[3 * p];
            var (c2, s2) = _twiddles[(3 * p) + 1];
            var (c3, s3) = _twiddles[(3 * p) + 2];
            var vectors = stride / Vector<double>.Count;
            for (var q = 0; q < vectors; q++, from++, to++)
            {
                var (aRe, aIm) = (re[from], im[from]);
                var (bRe, bIm) = (re[from + quarter], im[from + quarter]);
                var (cRe, cIm) = (re[from + (2 * quarter)], im[from + (2 * quarter)]);
                var (dRe, dIm) = (re[from + (3 * quarter)], im[from + (3 * quarter)]);
                var (sumRe, sumIm, differenceRe, differenceIm) = (aRe + cRe, aIm + cIm, aRe - cRe, aIm - cIm);
                var (sumRe2, sumIm2, turnedRe, turnedIm) = (bRe + dRe, bIm + dIm, bIm - dIm, dRe - bRe);

                (reOut[to], imOut[to]) = (sumRe + sumRe2, sumIm + sumIm2);
                var (yRe, yIm) = (differenceRe + turnedRe, differenceIm + turnedIm);
                reOut[to + vectors] = (c1 * yRe) - (s1 * yIm);
                imOut[to + vectors] = (c1 * yIm) + (s1 * yRe);
                (yRe, yIm) = (sumRe - sumRe2, sumIm - sumIm2);
                reOut[to + (2 * vectors)] = (c2 * yRe) - (s2 * yIm);
                imOut[to + (2 * vectors)] = (c2 * yIm) + (s2 * yRe);
                (yRe, yIm) = (differenceRe - turnedRe, differenceIm - turnedIm);
                reOut[to + (3 * vectors)] = (c3 * yRe) - (s3 * yIm);
                imOut[to + (3 * vectors)] = (c3 * yIm) + (s3 * yRe);
            }
        }
    }
}
