using System.Numerics;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// What <c>light-sernet-streaming</c> does to each frame first: it takes from each band its mean over the frames so far, and divides
/// all bands by their common deviation there. Loud frames count more, frames of ten seconds ago less, and before anything was heard
/// there is a usual spectrum. Sums are added in one order for any width of vectors.
/// </summary>
/// <param name="Usual">The usual spectrum of a voice: each band beside the loudest frame's mean.</param>
/// <param name="UsualSquares">How far bands usually are from it, squared, on the mean.</param>
/// <param name="Doubt">So many of the loudest frames count as much as the usual spectrum.</param>
/// <param name="Decay">What is left of a frame's weight a frame later.</param>
/// <param name="Depth">As deep below the loudest band anything is looked at.</param>
/// <param name="Least">What is added to the variance.</param>
/// <param name="Limit">Results are within ± this.</param>
internal sealed record StreamedNormalisation(
    float[] Usual, float UsualSquares, float Doubt, float Decay, float Depth, float Least, float Limit)
{
    private const int Behind = 4;

    /// <summary>Numbers that it remembers: a sum a band; then those of squares, of weights, the largest weight and the largest energy.</summary>
    public int Size => Usual.Length + Behind;

    /// <summary>Normalises the next frame.</summary>
    /// <param name="frame">Logarithms of energies, one a band.</param>
    /// <param name="state">What it remembers; all zeros before the first frame.</param>
    /// <param name="scratch">Room for two numbers a band.</param>
    /// <param name="result">One number a band.</param>
    public void Apply(ReadOnlySpan<float> frame, Span<float> state, Span<float> scratch, Span<float> result)
    {
        var bands = Usual.Length;
        var sums = state[..bands];
        var rest = state[bands..];
        var weight = (float)Math.Exp(FixedSum.Of(frame) / bands);
        var loudest = rest[2] = Math.Max(Decay * rest[2], weight);
        rest[3] = Math.Max(Decay * rest[3], (float)Math.Exp(Largest(frame)));
        var floor = (float)Math.Log(rest[3]) - Depth;
        var all = rest[1] = (Decay * rest[1]) + weight;
        var doubt = Doubt * loudest;
        var level = (float)Math.Log(loudest);
        var usual = scratch[..bands];
        var means = scratch[bands..(2 * bands)];
        for (var band = 0; band < bands; band += Vector<float>.Count)
        {
            var lifted = Vector.Max(new Vector<float>(frame[band..]), new Vector<float>(floor));
            var sum = (new Vector<float>(sums[band..]) * Decay) + (lifted * weight);
            var expected = new Vector<float>(Usual, band) + new Vector<float>(level);
            lifted.CopyTo(result[band..]);
            sum.CopyTo(sums[band..]);
            expected.CopyTo(usual[band..]);
            ((sum + (expected * doubt)) / new Vector<float>(all + doubt)).CopyTo(means[band..]);
        }

        rest[0] = (Decay * rest[0]) + (weight * (FixedSum.OfProducts(result[..bands], result) / bands));
        var second = (rest[0] + (doubt * ((FixedSum.OfProducts(usual, usual) / bands) + UsualSquares))) / (all + doubt);
        var variance = second - (FixedSum.OfProducts(means, means) / bands);
        Scale(means, MathF.Sqrt(Math.Max(variance, 0) + Least), result);
    }

    private void Scale(ReadOnlySpan<float> means, float deviation, Span<float> result)
    {
        var (divisor, limit) = (new Vector<float>(deviation), new Vector<float>(Limit));
        for (var band = 0; band < means.Length; band += Vector<float>.Count)
        {
            var centred = new Vector<float>(result[band..]) - new Vector<float>(means[band..]);
            Vector.Max(Vector.Min(centred / divisor, limit), -limit).CopyTo(result[band..]);
        }
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = values[0];
        foreach (var value in values)
        {
            largest = Math.Max(largest, value);
        }

        return largest;
    }
}
