using System.Numerics;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// One pass of Stockham's self-sorting fast Fourier transform over split real and imaginary parts: radix 4, or 2 where
/// only two are left. The innermost loop runs over transforms that lie interleaved, so it has whole vectors.
/// </summary>
/// <remarks>
/// Source: C. Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992, section 1.7.
/// </remarks>
internal sealed class StockhamPass
{
    private readonly int _length;
    private readonly int _stride;
    private readonly double[] _factors;

    /// <param name="length">What is left to transform: 2, or a multiple of 4.</param>
    /// <param name="stride">How many transforms lie interleaved: a multiple of 4.</param>
    public StockhamPass(int length, int stride)
    {
        _length = length;
        _stride = stride;
        _factors = new double[length / 4 * 6];
        for (var i = 0; i < _factors.Length; i += 2)
        {
            var (p, output) = (i / 6, 1 + (i % 6 / 2));
            (_factors[i + 1], _factors[i]) = Math.SinCos(-2 * Math.PI * p * output / length);
        }
    }

    /// <summary>Runs the pass.</summary>
    /// <param name="re">Real parts in.</param>
    /// <param name="im">Imaginary parts in.</param>
    /// <param name="reOut">Real parts out; another array.</param>
    /// <param name="imOut">Imaginary parts out; another array.</param>
    /// <param name="usesVectors">Which implementation runs; vectors only if they are at most as wide as the
    /// stride.</param>
    public void Run(double[] re, double[] im, double[] reOut, double[] imOut, bool usesVectors)
    {
        var isVector = usesVectors && _stride >= Vector<double>.Count;
        if (_length == 2)
        {
            Radix2(re, im, reOut, imOut, isVector);
        }
        else if (isVector)
        {
            Radix4OnVectors(re, im, reOut, imOut);
        }
        else
        {
            Radix4(re, im, reOut, imOut);
        }
    }

    private void Radix2(double[] re, double[] im, double[] reOut, double[] imOut, bool isVector)
    {
        var q = 0;
        for (; isVector && q < _stride; q += Vector<double>.Count)
        {
            var (aRe, bRe) = (new Vector<double>(re, q), new Vector<double>(re, q + _stride));
            var (aIm, bIm) = (new Vector<double>(im, q), new Vector<double>(im, q + _stride));
            (aRe + bRe).CopyTo(reOut, q);
            (aRe - bRe).CopyTo(reOut, q + _stride);
            (aIm + bIm).CopyTo(imOut, q);
            (aIm - bIm).CopyTo(imOut, q + _stride);
        }

        for (; q < _stride; q++)
        {
            (reOut[q], reOut[q + _stride]) = (re[q] + re[q + _stride], re[q] - re[q + _stride]);
            (imOut[q], imOut[q + _stride]) = (im[q] + im[q + _stride], im[q] - im[q + _stride]);
        }
    }

    private void Radix4(double[] re, double[] im, double[] reOut, double[] imOut)
    {
        var quarter = _length / 4 * _stride;
        for (var from = 0; from < quarter; from++)
        {
            var p = from / _stride;
            var to = from + (3 * p * _stride);
            var (aRe, aIm) = (re[from], im[from]);
            var (bRe, bIm) = (re[from + quarter], im[from + quarter]);
            var (cRe, cIm) = (re[from + (2 * quarter)], im[from + (2 * quarter)]);
            var (dRe, dIm) = (re[from + (3 * quarter)], im[from + (3 * quarter)]);
            var (sumRe, sumIm, differenceRe, differenceIm) = (aRe + cRe, aIm + cIm, aRe - cRe, aIm - cIm);
            var (sumRe2, sumIm2, turnedRe, turnedIm) = (bRe + dRe, bIm + dIm, bIm - dIm, dRe - bRe);

            (reOut[to], imOut[to]) = (sumRe + sumRe2, sumIm + sumIm2);
            (reOut[to + _stride], imOut[to + _stride]) =
                Turned(differenceRe + turnedRe, differenceIm + turnedIm, 6 * p);
            (reOut[to + (2 * _stride)], imOut[to + (2 * _stride)]) =
                Turned(sumRe - sumRe2, sumIm - sumIm2, (6 * p) + 2);
            (reOut[to + (3 * _stride)], imOut[to + (3 * _stride)]) =
                Turned(differenceRe - turnedRe, differenceIm - turnedIm, (6 * p) + 4);
        }
    }

    private (double Re, double Im) Turned(double re, double im, int factor)
    {
        var (cos, sin) = (_factors[factor], _factors[factor + 1]);
        return ((cos * re) - (sin * im), (cos * im) + (sin * re));
    }

    /// <summary>As <see cref="Radix4"/>, a vector of interleaved transforms at a time.</summary>
    private void Radix4OnVectors(double[] re, double[] im, double[] reOut, double[] imOut)
    {
        var (stride, quarter) = (_stride, _length / 4 * _stride);
        ref var x = ref MemoryMarshal.GetArrayDataReference(re);
        ref var y = ref MemoryMarshal.GetArrayDataReference(im);
        ref var xOut = ref MemoryMarshal.GetArrayDataReference(reOut);
        ref var yOut = ref MemoryMarshal.GetArrayDataReference(imOut);
        var factors = _factors.AsSpan();
        for (int p = 0, start = 0; start < quarter; p += 6, start += stride)
        {
            var f = factors.Slice(p, 6);
            var (c1, s1) = (new Vector<double>(f[0]), new Vector<double>(f[1]));
            var (c2, s2) = (new Vector<double>(f[2]), new Vector<double>(f[3]));
            var (c3, s3) = (new Vector<double>(f[4]), new Vector<double>(f[5]));
            for (int from = start, to = 4 * start; from < start + stride; from += Vector<double>.Count, to += Vector<double>.Count)
            {
                var (aRe, aIm) = (VectorExtensions.Load(ref x, from), VectorExtensions.Load(ref y, from));
                var (bRe, bIm) = (VectorExtensions.Load(ref x, from + quarter), VectorExtensions.Load(ref y, from + quarter));
                var (cRe, cIm) = (VectorExtensions.Load(ref x, from + (2 * quarter)), VectorExtensions.Load(ref y, from + (2 * quarter)));
                var (dRe, dIm) = (VectorExtensions.Load(ref x, from + (3 * quarter)), VectorExtensions.Load(ref y, from + (3 * quarter)));
                var (sumRe, sumIm, differenceRe, differenceIm) = (aRe + cRe, aIm + cIm, aRe - cRe, aIm - cIm);
                var (sumRe2, sumIm2, turnedRe, turnedIm) = (bRe + dRe, bIm + dIm, bIm - dIm, dRe - bRe);

                VectorExtensions.Store(sumRe + sumRe2, ref xOut, to);
                VectorExtensions.Store(sumIm + sumIm2, ref yOut, to);
                var (zRe, zIm) = (differenceRe + turnedRe, differenceIm + turnedIm);
                VectorExtensions.Store((c1 * zRe) - (s1 * zIm), ref xOut, to + stride);
                VectorExtensions.Store((c1 * zIm) + (s1 * zRe), ref yOut, to + stride);
                (zRe, zIm) = (sumRe - sumRe2, sumIm - sumIm2);
                VectorExtensions.Store((c2 * zRe) - (s2 * zIm), ref xOut, to + (2 * stride));
                VectorExtensions.Store((c2 * zIm) + (s2 * zRe), ref yOut, to + (2 * stride));
                (zRe, zIm) = (differenceRe - turnedRe, differenceIm - turnedIm);
                VectorExtensions.Store((c3 * zRe) - (s3 * zIm), ref xOut, to + (3 * stride));
                VectorExtensions.Store((c3 * zIm) + (s3 * zRe), ref yOut, to + (3 * stride));
            }
        }
    }
}
