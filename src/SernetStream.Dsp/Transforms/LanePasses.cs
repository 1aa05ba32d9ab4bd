using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// The powers of a complex Fourier transform that runs in place: passes of radix 8 (<see cref="LaneEights{T}"/>), one or two of
/// radix 4 where they do not fit, and a last one of radix 4 or 2, which writes the powers. After a pass of radix 4, a block of a
/// quarter has every fourth number of the result.
/// </summary>
internal sealed class LanePasses<T>
    where T : struct, ILanes<T>
{
    /// <summary>
    /// Added to every power, so that rounding it to single precision never meets the numbers below 1.2e-38 that
    /// processors take a hundred times as long for. As a magnitude it is 3e-19, far below what any input resolves.
    /// </summary>
    private const double LeastPower = 1e-37;

    private readonly int _size;
    private readonly Pass[] _passes;
    private readonly int[] _places;
    private readonly int _last;

    /// <param name="size">Complex numbers, a power of two from 2 on.</param>
    /// <param name="places">Where each power of the result is written.</param>
    public LanePasses(int size, int[] places)
    {
        _size = size;
        _last = int.Log2(size) % 3 == 2 ? 4 : 2;
        var passes = new List<Pass>();
        for (var left = size; left > _last;)
        {
            var radix = int.Log2(left / _last) % 3 == 0 ? 8 : 4;
            passes.Add(new Pass(left, radix, Turns(left, radix)));
            left /= radix;
        }

        _passes = [.. passes];
        _places = [.. Enumerable.Range(0, size).Select(position => places[NumberAt(position, 0)])];
    }

    /// <summary>Transforms the numbers, and writes their powers.</summary>
    /// <param name="re">The real parts. They are overwritten.</param>
    /// <param name="im">The imaginary parts. They are overwritten.</param>
    /// <param name="power">By the places.</param>
    public void Apply(ref double re, ref double im, ref float power)
    {
        foreach (var (length, radix, turns) in _passes)
        {
            if (WidePasses.AreFor<T>())
            {
                WidePasses.Run(radix, ref re, ref im, _size, length, turns);
            }
            else if (radix == 8)
            {
                LaneEights<T>.Run(ref re, ref im, _size, length, turns);
            }
            else
            {
                RunFours(ref re, ref im, length, turns);
            }
        }

        if (WidePasses.AreFor<T>())
        {
            WidePasses.Finish(_last, ref re, ref im, _places, ref power);
        }
        else if (_last == 2)
        {
            FinishTwos(ref re, ref im, ref power);
        }
        else
        {
            FinishFours(ref re, ref im, ref power);
        }
    }

    /// <summary>Writes |re + i·im|².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePower(T re, T im, ref float power, nint place) =>
        ((re * re) + ((im * im) + T.All(LeastPower))).Store(ref power, place);

    private void RunFours(ref double re, ref double im, int length, double[] turns)
    {
        var (quarter, step, end) = ((nint)(length / 4 * T.Count), (nint)(length * T.Count), (nint)(_size * T.Count));
        ref var turn = ref MemoryMarshal.GetArrayDataReference(turns);
        for (nint n = 0; n < quarter; n += T.Count)
        {
            var (c1, s1) = (T.All(turn), T.All(Unsafe.Add(ref turn, 1)));
            var (c2, s2) = (T.All(Unsafe.Add(ref turn, 2)), T.All(Unsafe.Add(ref turn, 3)));
            var (c3, s3) = (T.All(Unsafe.Add(ref turn, 4)), T.All(Unsafe.Add(ref turn, 5)));
            turn = ref Unsafe.Add(ref turn, 6);
            for (var at = n; at < end; at += step)
            {
                ref var x = ref Unsafe.Add(ref re, at);
                ref var y = ref Unsafe.Add(ref im, at);
                var (aRe, cRe) = (T.Load(ref x, 0), T.Load(ref x, 2 * quarter));
                var (bRe, dRe) = (T.Load(ref x, quarter), T.Load(ref x, 3 * quarter));
                var (aIm, cIm) = (T.Load(ref y, 0), T.Load(ref y, 2 * quarter));
                var (bIm, dIm) = (T.Load(ref y, quarter), T.Load(ref y, 3 * quarter));
                var (sumRe, sumIm, differenceRe, differenceIm) = (aRe + cRe, aIm + cIm, aRe - cRe, aIm - cIm);
                var (sumRe2, sumIm2, turnedRe, turnedIm) = (bRe + dRe, bIm + dIm, bIm - dIm, dRe - bRe);

                (sumRe + sumRe2).Store(ref x, 0);
                (sumIm + sumIm2).Store(ref y, 0);
                var (zRe, zIm) = (differenceRe + turnedRe, differenceIm + turnedIm);
                ((c1 * zRe) - (s1 * zIm)).Store(ref x, quarter);
                ((c1 * zIm) + (s1 * zRe)).Store(ref y, quarter);
                (zRe, zIm) = (sumRe - sumRe2, sumIm - sumIm2);
                ((c2 * zRe) - (s2 * zIm)).Store(ref x, 2 * quarter);
                ((c2 * zIm) + (s2 * zRe)).Store(ref y, 2 * quarter);
                (zRe, zIm) = (differenceRe - turnedRe, differenceIm - turnedIm);
                ((c3 * zRe) - (s3 * zIm)).Store(ref x, 3 * quarter);
                ((c3 * zIm) + (s3 * zRe)).Store(ref y, 3 * quarter);
            }
        }
    }

    private void FinishFours(ref double re, ref double im, ref float power)
    {
        var places = _places.AsSpan();
        for (var i = 0; i + 3 < places.Length; i += 4)
        {
            ref var x = ref Unsafe.Add(ref re, i * T.Count);
            ref var y = ref Unsafe.Add(ref im, i * T.Count);
            var (aRe, bRe) = (T.Load(ref x, 0), T.Load(ref x, T.Count));
            var (cRe, dRe) = (T.Load(ref x, 2 * T.Count), T.Load(ref x, 3 * T.Count));
            var (aIm, bIm) = (T.Load(ref y, 0), T.Load(ref y, T.Count));
            var (cIm, dIm) = (T.Load(ref y, 2 * T.Count), T.Load(ref y, 3 * T.Count));
            var (sumRe, sumIm, differenceRe, differenceIm) = (aRe + cRe, aIm + cIm, aRe - cRe, aIm - cIm);
            var (sumRe2, sumIm2, turnedRe, turnedIm) = (bRe + dRe, bIm + dIm, bIm - dIm, dRe - bRe);
            StorePower(sumRe + sumRe2, sumIm + sumIm2, ref power, places[i]);
            StorePower(differenceRe + turnedRe, differenceIm + turnedIm, ref power, places[i + 1]);
            StorePower(sumRe - sumRe2, sumIm - sumIm2, ref power, places[i + 2]);
            StorePower(differenceRe - turnedRe, differenceIm - turnedIm, ref power, places[i + 3]);
        }
    }

    private void FinishTwos(ref double re, ref double im, ref float power)
    {
        var places = _places.AsSpan();
        for (var i = 0; i + 1 < places.Length; i += 2)
        {
            ref var x = ref Unsafe.Add(ref re, i * T.Count);
            ref var y = ref Unsafe.Add(ref im, i * T.Count);
            var (aRe, bRe, aIm, bIm) = (T.Load(ref x, 0), T.Load(ref x, T.Count), T.Load(ref y, 0), T.Load(ref y, T.Count));
            StorePower(aRe + bRe, aIm + bIm, ref power, places[i]);
            StorePower(aRe - bRe, aIm - bIm, ref power, places[i + 1]);
        }
    }

    /// <summary>exp(−2πi·n·j/length) for j = 1..radix − 1, n &lt; length/radix.</summary>
    private static double[] Turns(int length, int radix)
    {
        var turns = new double[length / radix * (radix - 1) * 2];
        for (var i = 0; i < turns.Length; i += 2)
        {
            var (n, output) = Math.DivRem(i / 2, radix - 1);
            (turns[i + 1], turns[i]) = Math.SinCos(-2 * Math.PI * n * (output + 1) / length);
        }

        return turns;
    }

    /// <summary>Which number of the result of a block comes to lie at a position of it.</summary>
    private int NumberAt(int position, int pass)
    {
        if (pass == _passes.Length)
        {
            return position;
        }

        var (length, radix, _) = _passes[pass];
        var (block, inside) = Math.DivRem(position, length / radix);
        return block + (radix * NumberAt(inside, pass + 1));
    }

    private readonly record struct Pass(int Length, int Radix, double[] Turns);
}
