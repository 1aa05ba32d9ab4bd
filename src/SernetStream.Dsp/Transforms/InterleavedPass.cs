using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// The first pass of the transform, of radix 4: it reads complex numbers as they lie, real and imaginary parts in turn,
/// and writes them as the following passes want them, in two arrays, with four transforms interleaved.
/// </summary>
internal sealed class InterleavedPass
{
    private readonly int _length;
    private readonly double[] _cos;
    private readonly double[] _sin;
    private readonly double[] _rows = new double[4 * Vector<double>.Count];

    /// <param name="length">Complex numbers to transform, a power of two from 8 on.</param>
    public InterleavedPass(int length)
    {
        // Laid out as the numbers they are multiplied with: the factors of output 1, then of 2, then of 3, each twice.
        _length = length;
        _cos = new double[3 * length / 2];
        _sin = new double[3 * length / 2];
        for (var i = 0; i < _cos.Length; i += 2)
        {
            var (output, p) = (1 + (i / (length / 2)), i % (length / 2) / 2);
            var (sin, cos) = Math.SinCos(-2 * Math.PI * p * output / length);
            (_cos[i], _cos[i + 1]) = (cos, cos);
            (_sin[i], _sin[i + 1]) = (-sin, sin);
        }
    }

    /// <summary>Runs the pass.</summary>
    /// <param name="input">Twice as many numbers as there are complex ones.</param>
    /// <param name="re">Receives the real parts.</param>
    /// <param name="im">Receives the imaginary parts.</param>
    /// <param name="usesVectors">Which implementation runs; vectors need a quarter of the input to be whole ones.</param>
    public void Run(ReadOnlySpan<double> input, double[] re, double[] im, bool usesVectors)
    {
        if (usesVectors)
        {
            RunOnVectors(input, re, im);
        }
        else
        {
            RunOnScalars(input, re, im);
        }
    }

    private void RunOnScalars(ReadOnlySpan<double> input, double[] re, double[] im)
    {
        var quarter = _length / 2;
        for (var i = 0; i < quarter; i += 2)
        {
            var (aRe, aIm) = (input[i], input[i + 1]);
            var (bRe, bIm) = (input[i + quarter], input[i + quarter + 1]);
            var (cRe, cIm) = (input[i + (2 * quarter)], input[i + (2 * quarter) + 1]);
            var (dRe, dIm) = (input[i + (3 * quarter)], input[i + (3 * quarter) + 1]);
            var (sumRe, sumIm, differenceRe, differenceIm) = (aRe + cRe, aIm + cIm, aRe - cRe, aIm - cIm);
            var (sumRe2, sumIm2, turnedRe, turnedIm) = (bRe + dRe, bIm + dIm, bIm - dIm, dRe - bRe);

            var to = 2 * i;
            (re[to], im[to]) = (sumRe + sumRe2, sumIm + sumIm2);
            (re[to + 1], im[to + 1]) = Turned(differenceRe + turnedRe, differenceIm + turnedIm, i);
            (re[to + 2], im[to + 2]) = Turned(sumRe - sumRe2, sumIm - sumIm2, i + quarter);
            (re[to + 3], im[to + 3]) = Turned(differenceRe - turnedRe, differenceIm - turnedIm, i + (2 * quarter));
        }
    }

    private (double Re, double Im) Turned(double re, double im, int factor)
    {
        var (cos, sin) = (_cos[factor], _sin[factor + 1]);
        return ((cos * re) - (sin * im), (cos * im) + (sin * re));
    }

    private void RunOnVectors(ReadOnlySpan<double> input, double[] re, double[] im)
    {
        var quarter = _length / 2;
        ref var z = ref MemoryMarshal.GetReference(input);
        ref var cos = ref MemoryMarshal.GetArrayDataReference(_cos);
        ref var sin = ref MemoryMarshal.GetArrayDataReference(_sin);
        ref var rows = ref MemoryMarshal.GetArrayDataReference(_rows);
        var minusI = Vector.ConditionalSelect(Vector.Equals(
            Vector<long>.Indices & Vector<long>.One, Vector<long>.Zero).As<long, double>(), Vector<double>.One, -Vector<double>.One);
        for (var i = 0; i < quarter; i += Vector<double>.Count)
        {
            var (a, b) = (VectorExtensions.Load(ref z, i), VectorExtensions.Load(ref z, i + quarter));
            var (c, d) = (VectorExtensions.Load(ref z, i + (2 * quarter)), VectorExtensions.Load(ref z, i + (3 * quarter)));
            var (sum, difference, sum2) = (a + c, a - c, b + d);
            var turned = VectorExtensions.SwapPairs(b - d) * minusI;
            var (y1, y2, y3) = (difference + turned, sum - sum2, difference - turned);

            VectorExtensions.Store(sum + sum2, ref rows, 0);
            VectorExtensions.Store(Turned(y1, ref cos, ref sin, i), ref rows, Vector<double>.Count);
            VectorExtensions.Store(Turned(y2, ref cos, ref sin, i + quarter), ref rows, 2 * Vector<double>.Count);
            VectorExtensions.Store(Turned(y3, ref cos, ref sin, i + (2 * quarter)), ref rows, 3 * Vector<double>.Count);
            Transpose(_rows, re.AsSpan(2 * i, 2 * Vector<double>.Count), im.AsSpan(2 * i, 2 * Vector<double>.Count));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Turned(Vector<double> value, ref double cos, ref double sin, int factor) =>
        (value * VectorExtensions.Load(ref cos, factor)) + (VectorExtensions.SwapPairs(value) * VectorExtensions.Load(ref sin, factor));

    /// <summary>Four rows of complex numbers become columns of real and of imaginary parts.</summary>
    private static void Transpose(double[] rows, Span<double> re, Span<double> im)
    {
        for (var column = 0; column < Vector<double>.Count / 2; column++)
        {
            for (var row = 0; row < 4; row++)
            {
                re[(4 * column) + row] = rows[(row * Vector<double>.Count) + (2 * column)];
                im[(4 * column) + row] = rows[(row * Vector<double>.Count) + (2 * column) + 1];
            }
        }
    }
}
