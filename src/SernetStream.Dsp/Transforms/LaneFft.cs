using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Transforms;

/// <summary>
/// The power spectra of real frames, |X[k]|² with X[k] = Σ x[n]·exp(−2πi·k·n/N), in double precision, a frame a lane. It is split by
/// frequency: half of N real numbers, x[n] + x[n + N/2], have the spectrum's even bins; a complex transform of a quarter has
/// the odd ones,
/// <code>X[4k + 1] = Σ (y[n] − i·y[n + N/4])·exp(−2πi·n/N)·exp(−2πi·k·n/(N/4)), y[n] = x[n] − x[n + N/2], n &lt; N/4,</code>
/// and X[4k + 3], whose power is that of X[N − 4k − 3]. Then the same of the half.
/// </summary>
/// <remarks>
/// <para>
/// Double, because the logarithm that follows makes a quiet band as important as a loud one: beside a loud
/// tone the rounding of single precision (about −140 dB) would be larger than what is really in the quiet bands.
/// </para>
/// <para>
/// The complex transforms run in place, in passes of radix 4 (<see cref="LanePasses{T}"/>); their results lie in
/// another order than the bins, which costs nothing as each is written where it belongs. Source: C. Van Loan,
/// Computational Frameworks for the Fast Fourier Transform, 1992, chapters 1.9 and 4.
/// </para>
/// </remarks>
internal abstract class LaneFft
{
    /// <summary>Frames at once.</summary>
    public abstract int Lanes { get; }

    /// <param name="taper">What each sample of a frame is multiplied with; a power of two from 16 on.</param>
    /// <param name="places">Where each sample of the first frame lies; those of the other frames lie behind it.</param>
    /// <param name="stride">From a bin of the first frame to the next; those of the other frames lie between.</param>
    /// <param name="mode">Which implementation runs.</param>
    public static LaneFft Create(double[] taper, int[] places, int stride, SimdMode mode) =>
        !mode.IsVector() ? new LaneFft<SingleLane>(taper, places, stride)
        : WidePasses.AreThere ? new LaneFft<FourLanes>(taper, places, stride)
        : new LaneFft<VectorLanes>(taper, places, stride);

    /// <summary>Writes the powers of all lanes.</summary>
    /// <param name="samples">By the places.</param>
    /// <param name="power">N/2 + 1 bins, with the stride.</param>
    public abstract void Apply(ReadOnlySpan<float> samples, Span<float> power);
}

/// <inheritdoc/>
internal sealed class LaneFft<T> : LaneFft
    where T : struct, ILanes<T>
{
    /// <summary>Levels at which the samples themselves are split.</summary>
    private const int SplitWithSamples = 2;

    private readonly int _length;
    private readonly double[] _taper;
    private readonly int[] _places;
    private readonly double[] _firstTurns;
    private readonly int _lastPlace;
    private readonly int _stride;
    private readonly double[][] _turns;
    private readonly LanePasses<T>[] _odd;
    private readonly Part[] _parts;
    private readonly Memory<double> _work;

    public LaneFft(double[] taper, int[] places, int stride)
    {
        _length = taper.Length;
        _lastPlace = places.Max();
        _stride = stride;
        var (levels, eighth) = (int.Log2(_length) - 2, _length / 8);
        _turns = [.. Enumerable.Range(0, levels).Select(level => Turns(_length >> level))];

        // In the order in which they are read: eight samples, an eighth apart, and three turns at a time.
        int[] order = [.. Enumerable.Range(0, _length).Select(i => (i / 8) + (i % 8 * eighth))];
        _places = [.. order.Select(n => places[n])];
        _taper = [.. order.Select(n => taper[n])];
        _firstTurns = [.. Enumerable.Range(0, eighth).SelectMany(n => (double[])
            [.. _turns[0].AsSpan(2 * n, 2), .. _turns[0].AsSpan(2 * (n + eighth), 2), .. _turns[1].AsSpan(2 * n, 2)])];
        _odd = [.. Enumerable.Range(0, levels).Select(level => new LanePasses<T>((_length >> level) / 4, OddBins(level)))];

        var first = PartAfter(_length / 4 * T.Count, _length / 4);
        var second = PartAfter(first.End, _length / 8);
        _parts = [.. Enumerable.Range(0, levels).Select(level => level == 1 ? second : PartAfter(_length / 4 * T.Count, (_length >> level) / 4))];

        _work = CacheLines.Allocate<double>(second.End);
    }

    public override int Lanes => T.Count;

    public override void Apply(ReadOnlySpan<float> samples, Span<float> power)
    {
        // All that is read and written lies before these.
        _ = samples[_lastPlace + T.Count - 1];
        _ = power[(_length / 2 * _stride) + T.Count - 1];
        ref var bins = ref MemoryMarshal.GetReference(power);
        ref var work = ref MemoryMarshal.GetReference(_work.Span);
        SplitSamples(ref MemoryMarshal.GetReference(samples), ref work);
        for (var level = 0; level < _odd.Length; level++)
        {
            var (real, imaginary, _) = _parts[level];
            if (level >= SplitWithSamples)
            {
                Split(level, ref work);
            }

            _odd[level].Apply(ref Unsafe.Add(ref work, real), ref Unsafe.Add(ref work, imaginary), ref bins);
        }

        FinishFour(ref work, ref bins);
    }

    /// <summary>Tapers the samples, and splits them, and the half of them that is left.</summary>
    private void SplitSamples(ref float samples, ref double work)
    {
        ref var place = ref MemoryMarshal.GetArrayDataReference(_places);
        ref var taper = ref MemoryMarshal.GetArrayDataReference(_taper);
        ref var turn = ref MemoryMarshal.GetArrayDataReference(_firstTurns);
        ref var re = ref Unsafe.Add(ref work, _parts[0].Real);
        ref var im = ref Unsafe.Add(ref work, _parts[0].Imaginary);
        ref var re2 = ref Unsafe.Add(ref work, _parts[1].Real);
        ref var im2 = ref Unsafe.Add(ref work, _parts[1].Imaginary);
        if (WidePasses.AreFor<T>())
        {
            WidePasses.SplitSamples(ref samples, _places, _taper, _firstTurns, _length / 8, ref work, ref re, ref im, ref re2, ref im2);
            return;
        }

        var eighth = (nint)(_length / 8 * T.Count);
        for (nint n = 0; n < eighth; n += T.Count)
        {
            var (a, c) = Split(
                Tapered(ref samples, ref place, ref taper, 0), Tapered(ref samples, ref place, ref taper, 2),
                Tapered(ref samples, ref place, ref taper, 4), Tapered(ref samples, ref place, ref taper, 6),
                ref turn, ref Unsafe.Add(ref re, n), ref Unsafe.Add(ref im, n));
            var (b, d) = Split(
                Tapered(ref samples, ref place, ref taper, 1), Tapered(ref samples, ref place, ref taper, 3),
                Tapered(ref samples, ref place, ref taper, 5), Tapered(ref samples, ref place, ref taper, 7),
                ref Unsafe.Add(ref turn, 2), ref Unsafe.Add(ref re, n + eighth), ref Unsafe.Add(ref im, n + eighth));
            var (sum, sum2) = Split(a, b, c, d, ref Unsafe.Add(ref turn, 4), ref Unsafe.Add(ref re2, n), ref Unsafe.Add(ref im2, n));
            sum.Store(ref work, n);
            sum2.Store(ref work, n + eighth);
            place = ref Unsafe.Add(ref place, 8);
            taper = ref Unsafe.Add(ref taper, 8);
            turn = ref Unsafe.Add(ref turn, 6);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Tapered(ref float samples, ref int place, ref double taper, int n) =>
        T.Load(ref samples, Unsafe.Add(ref place, n)) * T.All(Unsafe.Add(ref taper, n));

    /// <summary>Splits what is left of the level before.</summary>
    private void Split(int level, ref double work)
    {
        var quarter = (nint)((_length >> level) / 4 * T.Count);
        ref var re = ref Unsafe.Add(ref work, _parts[level].Real);
        ref var im = ref Unsafe.Add(ref work, _parts[level].Imaginary);
        if (WidePasses.AreFor<T>())
        {
            WidePasses.Split(ref work, (_length >> level) / 4, _turns[level], ref re, ref im);
            return;
        }

        ref var turn = ref MemoryMarshal.GetArrayDataReference(_turns[level]);
        for (nint n = 0; n < quarter; n += T.Count)
        {
            ref var to = ref Unsafe.Add(ref work, n);
            var (sum, sum2) = Split(
                T.Load(ref to, 0), T.Load(ref to, quarter), T.Load(ref to, 2 * quarter), T.Load(ref to, 3 * quarter),
                ref turn, ref Unsafe.Add(ref re, n), ref Unsafe.Add(ref im, n));
            sum.Store(ref to, 0);
            sum2.Store(ref to, quarter);
            turn = ref Unsafe.Add(ref turn, 2);
        }
    }

    /// <summary>Of four real numbers a quarter of the length apart: writes (y − i·y′)·(cos + i·sin), and gives the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (T Sum, T Sum2) Split(T a, T b, T c, T d, ref double turn, ref double re, ref double im)
    {
        var (y, y2, cos, sin) = (a - c, b - d, T.All(turn), T.All(Unsafe.Add(ref turn, 1)));
        ((y * cos) + (y2 * sin)).Store(ref re, 0);
        ((y * sin) - (y2 * cos)).Store(ref im, 0);
        return (a + c, b + d);
    }

    /// <summary>The four numbers left have three bins: 0, a quarter of the sample rate, and half of it.</summary>
    private void FinishFour(ref double work, ref float bins)
    {
        var (a, b) = (T.Load(ref work, 0), T.Load(ref work, T.Count));
        var (c, d) = (T.Load(ref work, 2 * T.Count), T.Load(ref work, 3 * T.Count));
        LanePasses<T>.StorePower((a + c) + (b + d), T.All(0), ref bins, 0);
        LanePasses<T>.StorePower(a - c, b - d, ref bins, _length / 4 * _stride);
        LanePasses<T>.StorePower((a + c) - (b + d), T.All(0), ref bins, _length / 2 * _stride);
    }

    /// <summary>exp(−2πi·n/N), n &lt; N/4.</summary>
    private static double[] Turns(int length)
    {
        var turns = new double[length / 2];
        for (var n = 0; n < turns.Length; n += 2)
        {
            (turns[n + 1], turns[n]) = Math.SinCos(-Math.PI * n / length);
        }

        return turns;
    }

    /// <summary>Where the powers of a level's odd bins are written: those beyond half the sample rate are mirrors of lower ones.</summary>
    private int[] OddBins(int level)
    {
        var bins = new int[(_length >> level) / 4];
        for (var k = 0; k < bins.Length; k++)
        {
            var bin = ((4 * k) + 1) << level;
            bins[k] = Math.Min(bin, _length - bin) * _stride;
        }

        return bins;
    }

    /// <summary>
    /// Where complex numbers lie behind others. Between each two parts is a gap: what lies a multiple of 4 KB apart goes to the same few
    /// places of the processor's nearest cache, and pushes each other out.
    /// </summary>
    private static Part PartAfter(int end, int count)
    {
        const int Gap = 8;
        var (real, length) = (end + Gap, count * T.Count);
        return new Part(real, real + length + Gap, real + (2 * length) + Gap);
    }

    private readonly record struct Part(int Real, int Imaginary, int End);
}
