using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// A pass of radix 8 of a complex Fourier transform that runs in place: after it, a block of an eighth has every eighth number of
/// the result. It reads and writes memory a third less often than passes of radix 4.
/// </summary>
internal static class LaneEights<T>
    where T : struct, ILanes<T>
{
    private const double RootHalf = 0.70710678118654752440;

    /// <summary>Runs the pass.</summary>
    /// <param name="re">The real parts.</param>
    /// <param name="im">The imaginary parts.</param>
    /// <param name="size">How many there are.</param>
    /// <param name="length">What is left to transform.</param>
    /// <param name="turns">exp(−2πi·n·j/length) for j = 1..7, n &lt; length/8.</param>
    public static void Run(ref double re, ref double im, int size, int length, double[] turns)
    {
        var (eighth, step, end) = ((nint)(length / 8 * T.Count), (nint)(length * T.Count), (nint)(size * T.Count));
        ref var turn = ref MemoryMarshal.GetArrayDataReference(turns);
        for (nint n = 0; n < eighth; n += T.Count)
        {
            for (var at = n; at < end; at += step)
            {
                OfEight(ref Unsafe.Add(ref re, at), ref Unsafe.Add(ref im, at), eighth, ref turn);
            }

            turn = ref Unsafe.Add(ref turn, 14);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OfEight(ref double x, ref double y, nint eighth, ref double turn)
    {
        // Sums of numbers half the length apart have the even results, differences the odd ones.
        var (aRe, eRe, aIm, eIm) = (T.Load(ref x, 0), T.Load(ref x, 4 * eighth), T.Load(ref y, 0), T.Load(ref y, 4 * eighth));
        var (cRe, gRe, cIm, gIm) = (T.Load(ref x, 2 * eighth), T.Load(ref x, 6 * eighth), T.Load(ref y, 2 * eighth), T.Load(ref y, 6 * eighth));
        var (sum0Re, sum0Im, turned0Re, turned0Im) = (aRe + eRe, aIm + eIm, aRe - eRe, aIm - eIm);
        var (sum2Re, sum2Im, turned2Re, turned2Im) = (cRe + gRe, cIm + gIm, cIm - gIm, gRe - cRe);
        var (bRe, fRe, bIm, fIm) = (T.Load(ref x, eighth), T.Load(ref x, 5 * eighth), T.Load(ref y, eighth), T.Load(ref y, 5 * eighth));
        var (dRe, hRe, dIm, hIm) = (T.Load(ref x, 3 * eighth), T.Load(ref x, 7 * eighth), T.Load(ref y, 3 * eighth), T.Load(ref y, 7 * eighth));
        var (sum1Re, sum1Im, difference1Re, difference1Im) = (bRe + fRe, bIm + fIm, bRe - fRe, bIm - fIm);
        var (sum3Re, sum3Im, difference3Re, difference3Im) = (dRe + hRe, dIm + hIm, dRe - hRe, dIm - hIm);

        var (p, q, r, s) = (sum0Re + sum2Re, sum0Im + sum2Im, sum1Re + sum3Re, sum1Im + sum3Im);
        (p + r).Store(ref x, 0);
        (q + s).Store(ref y, 0);
        Store(p - r, q - s, ref x, ref y, 4 * eighth, ref turn, 6);
        (p, q, r, s) = (sum0Re - sum2Re, sum0Im - sum2Im, sum1Im - sum3Im, sum3Re - sum1Re);
        Store(p + r, q + s, ref x, ref y, 2 * eighth, ref turn, 2);
        Store(p - r, q - s, ref x, ref y, 6 * eighth, ref turn, 10);

        // The odd ones are turned by 0, 1, 2 and 3 eighths.
        var half = T.All(RootHalf);
        var (turned1Re, turned1Im) = (half * (difference1Re + difference1Im), half * (difference1Im - difference1Re));
        var (turned3Re, turned3Im) = (half * (difference3Im - difference3Re), half * (difference3Re + difference3Im));
        (p, q, r, s) = (turned0Re + turned2Re, turned0Im + turned2Im, turned1Re + turned3Re, turned1Im - turned3Im);
        Store(p + r, q + s, ref x, ref y, eighth, ref turn, 0);
        Store(p - r, q - s, ref x, ref y, 5 * eighth, ref turn, 8);
        (p, q, r, s) = (turned0Re - turned2Re, turned0Im - turned2Im, turned1Im + turned3Im, turned3Re - turned1Re);
        Store(p + r, q + s, ref x, ref y, 3 * eighth, ref turn, 4);
        Store(p - r, q - s, ref x, ref y, 7 * eighth, ref turn, 12);
    }

    /// <summary>Writes (re + i·im)·(cos + i·sin).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T re, T im, ref double x, ref double y, nint place, ref double turn, int index)
    {
        var (cos, sin) = (T.All(Unsafe.Add(ref turn, index)), T.All(Unsafe.Add(ref turn, index + 1)));
        ((cos * re) - (sin * im)).Store(ref x, place);
        ((cos * im) + (sin * re)).Store(ref y, place);
    }
}
