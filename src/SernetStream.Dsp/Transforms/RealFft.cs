using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// The power spectrum of real samples, |X[k]|² with X[k] = Σ x[n]·exp(−2πi·k·n/N), in double precision.
/// </summary>
/// <remarks>
/// <para>
/// Double, because the logarithm that follows makes a quiet band as important as a loud one: beside a loud
/// tone the rounding of single precision (about −140 dB) would be larger than what is really in the quiet bands.
/// </para>
/// <para>
/// The even and odd samples form a complex signal of half the length, transformed by Stockham's self-sorting
/// algorithm in passes of radix 4 (see <see cref="StockhamPass"/>); what is left is to take the two apart. Instances
/// keep scratch memory: one thread each.
/// </para>
/// </remarks>
public sealed class RealFft
{
    private readonly int _half;
    private readonly bool _isVector;
    private readonly InterleavedPass _first;
    private readonly StockhamPass[] _passes;
    private readonly double[] _unpackCos;
    private readonly double[] _unpackSin;
    private double[] _re;
    private double[] _im;
    private double[] _reNext;
    private double[] _imNext;

    /// <summary>Prepares tables for one length.</summary>
    /// <param name="length">N, a power of two in 16..65536.</param>
    /// <param name="mode">Which implementation runs.</param>
    /// <exception cref="ArgumentException">The length is not one that can be transformed.</exception>
    public RealFft(int length, SimdMode mode = SimdMode.Fastest)
    {
        if (length is < 16 or > 65536 || !int.IsPow2(length))
        {
            throw new ArgumentException($"length is {length}; it must be a power of two in 16..65536.", nameof(length));
        }

        Length = length;
        _half = length / 2;
        _isVector = mode.IsVector();
        // Pinned: from a spectrum the sound can be had again, and a collection that moved it would leave a copy behind.
        _re = GC.AllocateArray<double>(_half, pinned: true);
        _im = GC.AllocateArray<double>(_half, pinned: true);
        _reNext = GC.AllocateArray<double>(_half, pinned: true);
        _imNext = GC.AllocateArray<double>(_half, pinned: true);

        _first = new InterleavedPass(_half);
        var passes = new List<StockhamPass>();
        for (var (left, stride) = (_half / 4, 4); left > 1; left /= 4, stride *= 4)
        {
            passes.Add(new StockhamPass(left, stride));
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
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void PowerSpectrum(ReadOnlySpan<double> input, Span<double> power)
    {
        if (input.Length != Length || power.Length != BinCount)
        {
            throw new ArgumentException($"A transform of {Length} needs {Length} samples and {BinCount} bins.");
        }

        var usesVectors = _isVector && _half >= 4 * Vector<double>.Count;
        _first.Run(input, _re, _im, usesVectors);
        foreach (var pass in _passes)
        {
            pass.Run(_re, _im, _reNext, _imNext, usesVectors);
            (_re, _reNext) = (_reNext, _re);
            (_im, _imNext) = (_imNext, _im);
        }

        power[0] = Square(_re[0] + _im[0]);
        power[_half] = Square(_re[0] - _im[0]);
        UnpackPower(power, usesVectors ? UnpackPowerOfVectors(power) : 1);
    }

    /// <summary>
    /// Splits the transform Z of the packed signal into those of the even and the odd samples, E and O, and joins
    /// them: X[k] = E[k] + exp(−2πi·k/N)·O[k], X[N/2 − k] = conj(E[k] − exp(−2πi·k/N)·O[k]).
    /// </summary>
    /// <param name="power">Receives bins <paramref name="from"/>..N/4 and their mirrors.</param>
    /// <param name="from">The first bin that is still to be done.</param>
    private void UnpackPower(Span<double> power, int from)
    {
        var (re, im) = (_re, _im);
        for (int k = from, mirror = _half - from; k <= mirror; k++, mirror--)
        {
            var evenRe = re[k] + re[mirror];
            var evenIm = im[k] - im[mirror];
            var oddRe = im[k] + im[mirror];
            var oddIm = re[mirror] - re[k];
            var (cos, sin) = (_unpackCos[k], _unpackSin[k]);
            var turnedRe = (cos * oddRe) - (sin * oddIm);
            var turnedIm = (cos * oddIm) + (sin * oddRe);
            power[k] = 0.25 * (Square(evenRe + turnedRe) + Square(evenIm + turnedIm));
            power[mirror] = 0.25 * (Square(evenRe - turnedRe) + Square(evenIm - turnedIm));
        }
    }

    /// <summary>As <see cref="UnpackPower"/>, a vector of bins at a time, as far as vectors reach.</summary>
    /// <returns>The first bin that is still to be done.</returns>
    private int UnpackPowerOfVectors(Span<double> power)
    {
        ref var re = ref MemoryMarshal.GetArrayDataReference(_re);
        ref var im = ref MemoryMarshal.GetArrayDataReference(_im);
        ref var cosines = ref MemoryMarshal.GetArrayDataReference(_unpackCos);
        ref var sines = ref MemoryMarshal.GetArrayDataReference(_unpackSin);
        ref var bins = ref MemoryMarshal.GetReference(power);
        var quarter = new Vector<double>(0.25);
        var k = 1;
        for (; k + Vector<double>.Count <= (_half / 2) + 1; k += Vector<double>.Count)
        {
            var mirror = _half - k - Vector<double>.Count + 1;
            var (reK, imK) = (VectorExtensions.Load(ref re, k), VectorExtensions.Load(ref im, k));
            var reMirror = VectorExtensions.Reverse(VectorExtensions.Load(ref re, mirror));
            var imMirror = VectorExtensions.Reverse(VectorExtensions.Load(ref im, mirror));
            var (evenRe, evenIm) = (reK + reMirror, imK - imMirror);
            var (oddRe, oddIm) = (imK + imMirror, reMirror - reK);
            var (cos, sin) = (VectorExtensions.Load(ref cosines, k), VectorExtensions.Load(ref sines, k));
            var turnedRe = (cos * oddRe) - (sin * oddIm);
            var turnedIm = (cos * oddIm) + (sin * oddRe);
            var (sumRe, sumIm) = (evenRe + turnedRe, evenIm + turnedIm);
            var (differenceRe, differenceIm) = (evenRe - turnedRe, evenIm - turnedIm);
            VectorExtensions.Store(quarter * ((sumRe * sumRe) + (sumIm * sumIm)), ref bins, k);
            var mirrored = quarter * ((differenceRe * differenceRe) + (differenceIm * differenceIm));
            VectorExtensions.Store(VectorExtensions.Reverse(mirrored), ref bins, mirror);
        }

        return k;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Square(double value) => value * value;
}
