using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SernetStream.Dsp.Resampling;

/// <summary>
/// The prototype sampled at the fractions of an input sample at which outputs fall, one row of taps a fraction. A
/// ratio with few fractions has a row for each; one with many (a prime rate) gets a coarse table whose neighbouring
/// rows are interpolated by a cubic, so that no pair of rates needs more than about 1 MB.
/// </summary>
internal sealed class PhaseTable
{
    // Taps are padded to four whole vectors of 256 bits, so that no product leaves a remainder.
    private const int TapMultiple = 32;

    // 512 KB of taps. 44.1 → 16 kHz (160 rows of about 750) fits; beyond it the cache of a small computer suffers more
    // from the table than from the four products of the interpolation.
    private const int MaxExactCoefficients = 1 << 17;

    // Cubic interpolation of a function band-limited to half a cycle per input sample, in steps of 1/128, is off by
    // about 3/128·(π/128)^4 ≈ 1e-8 of its peak, −160 dB: below what a float tap can hold.
    private const int PhasesPerSample = 128;

    private readonly float[] _taps;
    private readonly int _rows;
    private readonly bool _isExact;
    private readonly int _phaseCount;

    /// <param name="prototype">The low-pass filter, in input samples.</param>
    /// <param name="phaseCount">How many different fractions the outputs fall on: the reduced output rate.</param>
    /// <param name="rateRatio">Output rate over input rate; the slower the output, the smoother the prototype.</param>
    public PhaseTable(KaiserSinc prototype, int phaseCount, double rateRatio)
    {
        // One more than the prototype needs: the cubic's outer rows lie just outside the sample they belong to.
        LookAhead = (int)Math.Ceiling(prototype.HalfLength) + 1;
        TapCount = ((2 * LookAhead) + TapMultiple - 1) / TapMultiple * TapMultiple;
        _phaseCount = phaseCount;
        _isExact = (long)phaseCount * TapCount <= MaxExactCoefficients;
        _rows = _isExact ? phaseCount : Math.Max(16, (int)Math.Ceiling(PhasesPerSample * Math.Min(1, rateRatio)));

        // The cubic reaches one row before the first fraction and two beyond the last.
        var (first, count) = _isExact ? (0, _rows) : (-1, _rows + 3);
        _taps = new float[count * TapCount];
        var row = new double[TapCount];
        for (var i = 0; i < count; i++)
        {
            Sample(prototype, (double)(first + i) / _rows, row);
            for (var j = 0; j < TapCount; j++)
            {
                _taps[(i * TapCount) + j] = (float)row[j];
            }
        }
    }

    /// <summary>Input samples one output is made of; a multiple of 32.</summary>
    public int TapCount { get; }

    /// <summary>How many of them lie after the input sample at or before the output's time.</summary>
    public int LookAhead { get; }

    /// <summary>Bytes of coefficients.</summary>
    public int SizeBytes => _taps.Length * sizeof(float);

    /// <summary>One output: the product of the taps of a phase with the input under them.</summary>
    /// <param name="window"><see cref="TapCount"/> input samples, the oldest first.</param>
    /// <param name="phase">The output's fraction of an input sample, in 0 .. phaseCount − 1.</param>
    public float Apply(ReadOnlySpan<float> window, int phase)
    {
        Debug.Assert(window.Length == TapCount, "The window holds exactly the taps.");
        if (_isExact)
        {
            return Dot(Row(phase), window);
        }

        var place = (double)phase / _phaseCount * _rows;
        var row = (int)place;
        var x = place - row;

        // Lagrange's cubic through the rows at −1, 0, 1 and 2 (stored one further on).
        var before = (float)(-x * (x - 1) * (x - 2) / 6);
        var at = (float)((x + 1) * (x - 1) * (x - 2) / 2);
        var next = (float)(-(x + 1) * x * (x - 2) / 2);
        var beyond = (float)((x + 1) * x * (x - 1) / 6);
        return (before * Dot(Row(row), window)) + (at * Dot(Row(row + 1), window))
            + (next * Dot(Row(row + 2), window)) + (beyond * Dot(Row(row + 3), window));
    }

    // 32 sums, added in one order, so every processor gives the same: four vectors where it has 256 bits, and eight, which
    // the runtime makes of them, where it has 128. No addition waits for the one before it.
    private static float Dot(ReadOnlySpan<float> taps, ReadOnlySpan<float> samples)
    {
        var a = MemoryMarshal.Cast<float, Vector256<float>>(taps);
        var b = MemoryMarshal.Cast<float, Vector256<float>>(samples)[..a.Length];
        var zero = Vector256<float>.Zero;
        var (first, second, third, fourth) = (zero, zero, zero, zero);
        for (; a.Length >= 4 && b.Length >= 4; a = a[4..], b = b[4..])
        {
            first += a[0] * b[0];
            second += a[1] * b[1];
            third += a[2] * b[2];
            fourth += a[3] * b[3];
        }

        var sum = first + second + (third + fourth);
        return Vector128.Sum(sum.GetLower() + sum.GetUpper());
    }

    private void Sample(KaiserSinc prototype, double fraction, double[] row)
    {
        // Tap j multiplies the input sample that lies (TapCount − 1 − j) before the newest one of the window.
        var sum = 0.0;
        for (var j = 0; j < row.Length; j++)
        {
            row[j] = prototype.At(fraction - LookAhead + (TapCount - 1 - j));
            sum += row[j];
        }

        // Every phase passes a constant exactly; otherwise a constant would come out with a whine of the phases'
        // errors.
        for (var j = 0; j < row.Length; j++)
        {
            row[j] /= sum;
        }
    }

    private ReadOnlySpan<float> Row(int index) => _taps.AsSpan(index * TapCount, TapCount);
}
