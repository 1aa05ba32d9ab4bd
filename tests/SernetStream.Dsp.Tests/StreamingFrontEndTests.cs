using SernetStream.Testing;

namespace SernetStream.Dsp.Tests;

public class StreamingFrontEndTests
{
    // The level "none" does not clip, so here the stream must equal the batch to rounding.
    private static readonly FrontEndOptions Unclipped = FrontEndOptions.LightSernet with { Level = LevelKind.None };

    [Theory]
    [InlineData(1)]
    [InlineData(160)]
    [InlineData(256)]
    [InlineData(1000)]
    [InlineData(48000)]
    public void A_window_equals_the_batch_whatever_the_chunks(int chunk)
    {
        var samples = Numbers.Speechlike(100_000, seed: 1);
        var stream = new StreamingFrontEnd(Unclipped, extraHistory: 16000);
        WriteInChunks(stream, samples, chunk);

        AssertWindowEqualsBatch(stream, Unclipped, samples, 51200, 99200, 1e-4);
    }

    [Theory]
    [InlineData(256)]
    [InlineData(1024)]
    [InlineData(5 * 512)]
    [InlineData(20 * 512)]
    [InlineData(16001)]
    [InlineData(47999)]
    public void A_short_window_equals_the_batch_with_the_same_zeros(int length)
    {
        var samples = Numbers.Speechlike(60_000, seed: 2);
        var stream = new StreamingFrontEnd(FrontEndOptions.LightSernetPaper, extraHistory: 16000);
        stream.Write(samples);

        AssertWindowEqualsBatch(stream, FrontEndOptions.LightSernetPaper, samples, 2560, 2560 + length, 1e-4);
        AssertWindowEqualsBatch(stream, FrontEndOptions.LightSernetPaper, samples, 7680, 7680 + length, 1e-4);
    }

    [Fact]
    public void What_the_clip_costs_is_small()
    {
        // The level of the trained models clips a thousandth of the samples; a stream does not clip.
        var samples = Numbers.Speechlike(100_000, seed: 4);
        var stream = new StreamingFrontEnd(FrontEndOptions.LightSernet, extraHistory: 2048);
        stream.Write(samples);

        AssertWindowEqualsBatch(stream, FrontEndOptions.LightSernet, samples, 51200, 99200, 0.05);
    }

    [Fact]
    public void Padding_in_front_is_whole_hops_and_at_most_one_less_than_even()
    {
        for (var length = 1; length <= 48000; length += 997)
        {
            var even = (48000 - length) / 2;
            var zeros = StreamingFrontEnd.ZerosBefore(FrontEndOptions.LightSernet, length);
            Assert.Equal(0, zeros % 256);
            Assert.InRange(even - zeros, 0, 255);
        }
    }

    [Theory]
    [InlineData("light-sernet")]
    [InlineData("light-sernet-paper")]
    [InlineData("tim-net")]
    public void Nothing_is_allocated_after_construction(string preset)
    {
        var options = FrontEndOptions.Presets.Single(p => p.Preset == preset);
        var samples = Numbers.Speechlike(100_000, seed: 5);
        var features = new float[options.FeatureCount];
        var stream = new StreamingFrontEnd(options, extraHistory: 2048);
        var batch = new SegmentFrontEnd(options);
        var allocated = Allocations.Of(() =>
        {
            stream.Write(samples);
            var start = (stream.Position - options.SegmentLength) / options.HopLength * options.HopLength;
            stream.Cut(start, start + options.SegmentLength, features);
            stream.Cut(start, start + (options.SegmentLength / 3), features);
            batch.Compute(samples, features);
        });
        Assert.Equal(0, allocated);
    }

    [Theory]
    [InlineData("light-sernet")]
    [InlineData("tim-net")]
    public void An_hour_leaves_no_drift(string preset)
    {
        // Ten seconds, repeated. Each round moves the position by an hour, which finds errors in counters and rings.
        var options = FrontEndOptions.Presets.Single(p => p.Preset == preset);
        var samples = Numbers.Speechlike(10 * options.SampleRate, seed: 6);
        var stream = new StreamingFrontEnd(options, extraHistory: options.HopLength);
        var features = new float[options.FeatureCount];
        for (var second = 0; second < 3600; second += 10)
        {
            stream.Write(samples);
            Cut(features);
        }

        Assert.Equal(3600L * options.SampleRate, stream.Position);
        var batch = new SegmentFrontEnd(options) { Clips = false };
        var expected = new float[options.FeatureCount];
        var start = Cut(features);
        var newest = stream.Samples(start, start + options.SegmentLength).ToArray();
        var at = (int)(start % samples.Length);
        Assert.Equal(samples[at..(at + newest.Length)], newest);
        batch.Compute(newest, expected);
        Assert.Equal(expected, features);

        long Cut(float[] into)
        {
            var first = (stream.Position - options.SegmentLength) / options.HopLength * options.HopLength;
            stream.Cut(first, first + options.SegmentLength, into);
            return first;
        }
    }

    [Theory]
    [InlineData(100, 1000, "multiple of 256")]
    [InlineData(256, 256, "1..48000 samples")]
    [InlineData(0, 48001, "1..48000 samples")]
    [InlineData(59904, 61000, "newest 48000 samples")]
    [InlineData(0, 1000, "newest 48000 samples")]
    [InlineData(-256, 1000, "newest 48000 samples")]
    public void A_window_that_cannot_be_cut_is_refused(long start, long end, string because)
    {
        var stream = new StreamingFrontEnd(FrontEndOptions.LightSernet);
        stream.Write(new float[60_000]);
        var error = Assert.Throws<ArgumentException>(
            () => stream.Cut(start, end, new float[FrontEndOptions.LightSernet.FeatureCount]));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_of_another_length_are_refused()
    {
        var stream = new StreamingFrontEnd(FrontEndOptions.LightSernet);
        stream.Write(new float[48000]);
        Assert.Throws<ArgumentException>(() => stream.Cut(0, 48000, new float[7361]));
        var batch = new SegmentFrontEnd(FrontEndOptions.LightSernet);
        Assert.Throws<ArgumentException>(() => batch.Compute(new float[48000], new float[7359]));
        Assert.Throws<ArgumentException>(() => batch.Compute(new float[48000], 1, new float[7360]));
    }

    private static void WriteInChunks(StreamingFrontEnd stream, float[] samples, int chunk)
    {
        foreach (var part in samples.Chunk(chunk))
        {
            stream.Write(part);
        }
    }

    private static void AssertWindowEqualsBatch(
        StreamingFrontEnd stream, FrontEndOptions options, float[] samples, int start, int end, double tolerance)
    {
        var expected = new float[options.FeatureCount];
        new SegmentFrontEnd(options).Compute(
            samples.AsSpan(start..end), StreamingFrontEnd.ZerosBefore(options, end - start), expected);
        var actual = new float[options.FeatureCount];
        stream.Cut(start, end, actual);
        Assert.InRange(Numbers.LargestDifference(expected, actual), 0, tolerance);
    }
}
