using System.Numerics;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Levels;

/// <summary>
/// The largest absolute sample of every block of 256 of a stream, kept for the newest blocks. A search for the loudest
/// samples of a window reads only the blocks that can have some.
/// </summary>
internal sealed class BlockPeaks
{
    public const int BlockLength = 256;

    private readonly float[] _peaks;
    private long _end;

    /// <param name="samples">How many of the newest samples must be covered.</param>
    public BlockPeaks(int samples)
    {
        // A power of two, so that a block's place is found without a division.
        _peaks = new float[BitOperations.RoundUpToPowerOf2((uint)(samples / BlockLength) + 2)];
    }

    /// <summary>Takes the next samples of the stream.</summary>
    public void Append(ReadOnlySpan<float> samples)
    {
        while (samples.Length > 0)
        {
            var filled = (int)(_end % BlockLength);
            var part = samples[..Math.Min(samples.Length, BlockLength - filled)];
            ref var peak = ref _peaks[(_end / BlockLength) & (_peaks.Length - 1)];
            peak = Math.Max(filled == 0 ? 0 : peak, MinMax.LargestAbsolute(part));
            _end += part.Length;
            samples = samples[part.Length..];
        }
    }

    /// <summary>The largest absolute sample of a block that is whole.</summary>
    public float Of(long block) => _peaks[block & (_peaks.Length - 1)];

    /// <summary>All samples so far were zeros.</summary>
    public void Silence() => Array.Clear(_peaks);

    public void Reset() => _end = 0;
}
