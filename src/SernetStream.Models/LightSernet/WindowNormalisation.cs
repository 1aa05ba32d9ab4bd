using System.Numerics;

namespace SernetStream.Models.LightSernet;

/// <summary>
/// What <c>light-sernet-normalised</c> does to a window first: it takes from each band its mean over the frames with speech, and
/// divides all bands by their common deviation there. Sums are added frame by frame, so they are the same for any width of vectors.
/// </summary>
/// <param name="Speech">As deep below the loudest frame a frame counts, plus the slope's width of 1.</param>
/// <param name="Depth">As deep below the largest value anything is looked at.</param>
/// <param name="Least">What is added to the variance.</param>
/// <param name="Limit">Results are within ± this.</param>
internal sealed record WindowNormalisation(float Speech, float Depth, float Least, float Limit)
{
    /// <summary>Normalises a window.</summary>
    /// <param name="features">Frames × bands.</param>
    /// <param name="bands">How many; a multiple of the widest vector.</param>
    /// <param name="weights">Takes each frame's weight.</param>
    /// <param name="taken">Takes what was taken: the means, then the logarithm of the deviation.</param>
    /// <param name="target">Takes the result; elsewhere it remains as it is.</param>
    /// <param name="paths">Says where in it.</param>
    public void Apply(ReadOnlySpan<float> features, int bands, Span<float> weights, Span<float> taken, Span<float> target, FirstPaths paths)
    {
        var frames = features.Length / bands;
        var total = Weigh(features, bands, weights);
        var floor = Largest(features) - Depth;
        var means = taken[..bands];
        var variance = 0f;
        for (var band = 0; band < bands; band += Vector<float>.Count)
        {
            var sum = Vector<float>.Zero;
            for (var frame = 0; frame < frames; frame++)
            {
                sum += Lifted(features, (frame * bands) + band, floor) * new Vector<float>(weights[frame]);
            }

            var mean = sum / new Vector<float>(total);
            mean.CopyTo(means[band..]);
            var squares = Vector<float>.Zero;
            for (var frame = 0; frame < frames; frame++)
            {
                var difference = Lifted(features, (frame * bands) + band, floor) - mean;
                difference.CopyTo(target[(paths.At(frame) + band)..]);
                squares += difference * difference * new Vector<float>(weights[frame]);
            }

            squares /= new Vector<float>(total);
            for (var lane = 0; lane < Vector<float>.Count; lane++)
            {
                variance += squares[lane];
            }
        }

        var deviation = MathF.Sqrt((variance / bands) + Least);
        taken[bands] = (float)Math.Log(deviation);
        Scale(target, paths, frames, bands, deviation);
    }

    /// <summary>Each frame's weight, 0..1; gives their sum.</summary>
    private float Weigh(ReadOnlySpan<float> features, int bands, Span<float> weights)
    {
        var loudest = float.NegativeInfinity;
        for (var frame = 0; frame < weights.Length; frame++)
        {
            weights[frame] = FixedSum.Of(features.Slice(frame * bands, bands)) / bands;
            loudest = Math.Max(loudest, weights[frame]);
        }

        var total = 0f;
        foreach (ref var weight in weights)
        {
            weight = Math.Clamp(weight - loudest + Speech, 0, 1);
            total += weight;
        }

        return total;
    }

    private void Scale(Span<float> target, FirstPaths paths, int frames, int bands, float deviation)
    {
        var (divisor, limit) = (new Vector<float>(deviation), new Vector<float>(Limit));
        for (var frame = 0; frame < frames; frame++)
        {
            var row = target.Slice(paths.At(frame), bands);
            for (var band = 0; band < bands; band += Vector<float>.Count)
            {
                Vector.Max(Vector.Min(new Vector<float>(row[band..]) / divisor, limit), -limit).CopyTo(row[band..]);
            }
        }
    }

    private static Vector<float> Lifted(ReadOnlySpan<float> features, int at, float floor) =>
        Vector.Max(new Vector<float>(features[at..]), new Vector<float>(floor));

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = new Vector<float>(float.NegativeInfinity);
        for (var i = 0; i < values.Length; i += Vector<float>.Count)
        {
            largest = Vector.Max(largest, new Vector<float>(values[i..]));
        }

        var result = float.NegativeInfinity;
        for (var lane = 0; lane < Vector<float>.Count; lane++)
        {
            result = Math.Max(result, largest[lane]);
        }

        return result;
    }
}
