using System.Numerics;

namespace SernetStream.Pipeline;

/// <summary>
/// Durations in buckets a twelfth wide or narrower (sixteen to an octave), from a microsecond to an hour, in fixed
/// memory. One thread records; any may read.
/// </summary>
public sealed class LatencyHistogram
{
    private const int BucketsPerOctave = 16;
    private const int Octaves = 32;

    private readonly long[] _counts = new long[BucketsPerOctave * Octaves];
    private double _largest;
    private long _count;

    /// <summary>How many durations were recorded.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The longest of them in milliseconds; 0 if there is none.</summary>
    public double LargestMs => Volatile.Read(ref _largest);

    /// <summary>Records one duration in milliseconds.</summary>
    public void Record(double milliseconds)
    {
        Volatile.Write(ref _counts[BucketOf(milliseconds)], _counts[BucketOf(milliseconds)] + 1);
        Volatile.Write(ref _largest, Math.Max(_largest, milliseconds));
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>
    /// The duration in milliseconds that <paramref name="share"/> (0..1) of all do not exceed, rounded up to the end of its
    /// bucket, but never above the largest; 0 if there is none.
    /// </summary>
    public double PercentileMs(double share)
    {
        var rank = (long)Math.Ceiling(share * Count);
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length && rank > 0; bucket++)
        {
            seen += Volatile.Read(ref _counts[bucket]);
            if (seen >= rank)
            {
                return Math.Min(EndOf(bucket), LargestMs);
            }
        }

        return LargestMs;
    }

    private static int BucketOf(double milliseconds)
    {
        var microseconds = (ulong)Math.Clamp(milliseconds * 1000, 0, 3.6e9);
        if (microseconds < BucketsPerOctave)
        {
            return (int)microseconds;
        }

        // The octave is the position of the highest bit; the four bits behind it say which sixteenth.
        var octave = BitOperations.Log2(microseconds);
        return ((octave - 3) * BucketsPerOctave) + (int)((microseconds >> (octave - 4)) & (BucketsPerOctave - 1));
    }

    private static double EndOf(int bucket)
    {
        if (bucket < BucketsPerOctave)
        {
            return (bucket + 1) / 1000.0;
        }

        var octave = (bucket / BucketsPerOctave) + 3;
        var sixteenth = bucket % BucketsPerOctave;
        return Math.ScaleB(BucketsPerOctave + sixteenth + 1, octave - 4) / 1000;
    }
}
