using SernetStream.Audio.Files;

namespace SernetStream.Audio.Tests.Files;

/// <summary>A block is looked at as a whole first; what is found in it must be what a look at each sample finds.</summary>
public class BlockExaminationTests
{
    private static readonly float[] Levels = [0, 0.5f, -0.5f, 0.98f, 0.99f, 1, 1, 1, -1, -1];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Clipping_is_counted_alike_however_the_frames_are_cut_into_blocks(int channels)
    {
        var random = new Random(channels);
        for (var trial = 0; trial < 200; trial++)
        {
            // Mostly quiet stretches of equal samples, and now and then some at the limit.
            var frames = new List<float>();
            while (frames.Count < 40 * channels)
            {
                var frame = Enumerable.Range(0, channels).Select(_ => Levels[random.Next(Levels.Length)]).ToArray();
                frames.AddRange(Enumerable.Repeat(frame, random.Next(1, 9)).SelectMany(same => same));
            }

            var (one, many) = (new ClippingMeter(channels), new ClippingMeter(channels));
            var all = frames.ToArray();
            // What is at the limit is looked at sample by sample.
            one.Observe(all, 1);
            for (var next = 0; next < all.Length;)
            {
                var block = all.AsSpan(next, Math.Min(channels * random.Next(1, 7), all.Length - next));
                many.Observe(block, Magnitude.Largest(block));
                next += block.Length;
            }

            Assert.Equal(one.Clipped, many.Clipped);
        }
    }

    [Fact]
    public void The_largest_magnitude_is_found_wherever_it_is()
    {
        foreach (var largest in (float[])[1e-45f, 0.25f, -0.75f, 1e30f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, -float.NaN])
        {
            for (var length = 1; length < 40; length++)
            {
                for (var at = 0; at < length; at++)
                {
                    var samples = new float[length];
                    Array.Fill(samples, -0f);
                    samples[at] = largest;
                    Assert.Equal(Math.Abs(largest), Magnitude.Largest(samples));
                }
            }
        }

        Assert.Equal(0, Magnitude.Largest([]));
    }
}
