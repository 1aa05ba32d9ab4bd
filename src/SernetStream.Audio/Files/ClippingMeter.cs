namespace SernetStream.Audio.Files;

/// <summary>
/// Counts samples at the limit: three or more of a channel in a row that are equal and within 1 % of full scale. A loud
/// tone that was not cut touches full scale too, but does not stay there.
/// </summary>
internal sealed class ClippingMeter(int channels)
{
    private const float Limit = 0.99f;
    private const int ShortestRun = 3;

    private readonly float[] _last = new float[channels];
    private readonly int[] _run = new int[channels];

    /// <summary>Samples at the limit, over all channels.</summary>
    public long Clipped { get; private set; }

    /// <summary>Takes the next frames, interleaved.</summary>
    /// <param name="frames">One or more.</param>
    /// <param name="largest">The largest magnitude of all their samples.</param>
    public void Observe(ReadOnlySpan<float> frames, float largest)
    {
        if (largest < Limit)
        {
            frames[^channels..].CopyTo(_last);
            Array.Fill(_run, 1);
            return;
        }

        for (var i = 0; i < frames.Length; i++)
        {
            var (sample, channel) = (frames[i], i % channels);
            _run[channel] = Math.Abs(sample) >= Limit && sample == _last[channel] ? _run[channel] + 1 : 1;
            _last[channel] = sample;
            Clipped += _run[channel] switch
            {
                ShortestRun => ShortestRun,
                > ShortestRun => 1,
                _ => 0,
            };
        }
    }
}
