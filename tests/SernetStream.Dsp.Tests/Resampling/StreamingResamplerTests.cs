using SernetStream.Dsp.Resampling;
using SernetStream.Testing;

namespace SernetStream.Dsp.Tests.Resampling;

/// <summary>Streaming: any chunking, exact lengths, no allocation, clear errors.</summary>
public sealed class StreamingResamplerTests
{
    public static TheoryData<int, int> Rates { get; } = new()
    {
        { 44_100, 16_000 }, { 48_000, 16_000 }, { 8_000, 16_000 }, { 22_051, 16_000 }, { 192_000, 8_000 },
        { 191_999, 8_000 }, { 8_000, 191_999 }, { 16_000, 16_000 },
    };

    [Theory]
    [MemberData(nameof(Rates))]
    public void Any_chunking_gives_the_same_bits(int inputRate, int outputRate)
    {
        // About the same amount of work for both directions.
        var input = Noise((int)(20_000 * Math.Min(1, (double)inputRate / outputRate)));
        var whole = Resampler.Resample(input, inputRate, outputRate);
        for (var seed = 0; seed < 8; seed++)
        {
            var random = new Random(seed);
            var mostIn = seed % 3 == 0 ? 1 : 1 << random.Next(1, 15);
            var mostOut = seed % 4 == 0 ? 1 : 1 << random.Next(1, 15);
            Assert.Equal(whole, Stream(new StreamingResampler(inputRate, outputRate), input, random, mostIn, mostOut));
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void An_output_comes_with_the_very_input_that_it_is_said_to_need(int inputRate, int outputRate)
    {
        var resampler = new StreamingResampler(inputRate, outputRate);
        var output = new float[resampler.MaxOutput(1)];
        for (var i = 0; i < 3000; i++)
        {
            var count = resampler.Process([1f], output, out _);
            Assert.True(resampler.InputFor(resampler.OutputCount + 1) > resampler.InputCount);
            Assert.True(count == 0 || resampler.InputFor(resampler.OutputCount) == resampler.InputCount);
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void The_length_is_the_inputs_at_the_new_rate_rounded_up(int inputRate, int outputRate)
    {
        foreach (var length in new[] { 0, 1, 2, 3, 100, 799, 4096, 4097, 12_345 })
        {
            var output = Resampler.Resample(Noise(length), inputRate, outputRate);
            Assert.Equal((int)Math.Ceiling((decimal)length * outputRate / inputRate), output.Length);
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void The_announced_room_is_enough_to_take_everything(int inputRate, int outputRate)
    {
        var resampler = new StreamingResampler(inputRate, outputRate);
        var random = new Random(5);
        var most = (int)(6000 * Math.Min(1, (double)inputRate / outputRate));
        for (var i = 0; i < 50; i++)
        {
            var input = Noise(random.Next(0, most));
            resampler.Process(input, new float[resampler.MaxOutput(input.Length)], out var consumed);
            Assert.Equal(input.Length, consumed);
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void Nothing_is_allocated_after_construction(int inputRate, int outputRate)
    {
        var resampler = new StreamingResampler(inputRate, outputRate);
        var input = Noise(960);
        var output = new float[resampler.MaxOutput(input.Length)];
        var allocated = Allocations.Of(() =>
        {
            for (var i = 0; i < 50; i++)
            {
                resampler.Process(input, output, out _);
            }

            while (resampler.Flush(output) > 0)
            {
            }

            resampler.Reset();
        });
        Assert.Equal(0, allocated);
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void The_coefficients_are_bounded(int inputRate, int outputRate)
    {
        Assert.InRange(new StreamingResampler(inputRate, outputRate).CoefficientBytes, 0, 1 << 20);
    }

    [Fact]
    public void Every_pair_of_common_rates_is_bounded_and_looks_ahead_only_as_far_as_promised()
    {
        int[] rates = [8_000, 8_001, 11_025, 12_000, 16_000, 22_050, 22_051, 44_100, 48_000, 96_000, 191_999, 192_000];
        foreach (var from in rates)
        {
            foreach (var to in rates)
            {
                var resampler = new StreamingResampler(from, to);
                Assert.InRange(resampler.CoefficientBytes, 0, 1 << 20);
                var promised = 8.5e-3 * 16_000 / Math.Min(from, to) + 2.0 / from;
                Assert.InRange(resampler.LookAheadSeconds, 0, promised);
            }
        }
    }

    [Fact]
    public void Equal_rates_pass_every_bit_at_once()
    {
        float[] input = [1.5f, -0f, float.NaN, float.PositiveInfinity, float.Epsilon];
        var resampler = new StreamingResampler(44_100, 44_100);
        var output = new float[5];
        Assert.Equal(5, resampler.Process(input, output, out var consumed));
        Assert.Equal(5, consumed);
        Assert.Equal(input.Select(BitConverter.SingleToInt32Bits), output.Select(BitConverter.SingleToInt32Bits));
        Assert.Equal(0, resampler.LookAheadSamples);
        Assert.Equal(0, resampler.Flush(output));
    }

    [Fact]
    public void A_reset_one_gives_what_a_new_one_gives()
    {
        var input = Noise(10_000);
        var resampler = new StreamingResampler(44_100, 16_000);
        var first = Stream(resampler, input, new Random(1), 500, 500);
        resampler.Reset();
        Assert.Equal(0, resampler.InputCount);
        Assert.Equal(first, Stream(resampler, input, new Random(2), 100, 100));
    }

    [Fact]
    public void Counts_say_where_the_stream_is()
    {
        var resampler = new StreamingResampler(48_000, 16_000);
        var written = resampler.Process(Noise(4800), new float[2000], out _);
        Assert.Equal(4800, resampler.InputCount);
        Assert.Equal(written, resampler.OutputCount);

        // An output needs the input up to its look-ahead and no further.
        Assert.Equal((4800 - resampler.LookAheadSamples + 2) / 3, written);
    }

    [Fact]
    public void A_sample_that_is_not_a_number_spoils_only_its_surroundings()
    {
        var input = Noise(48_000);
        input[24_000] = float.NaN;
        var resampler = new StreamingResampler(48_000, 16_000);
        var output = Resampler.Resample(input, 48_000, 16_000);
        var reach = (resampler.TapCount / 3) + 1;
        Assert.All(output[..(8_000 - reach)], sample => Assert.True(float.IsFinite(sample)));
        Assert.All(output[(8_000 + reach)..], sample => Assert.True(float.IsFinite(sample)));
    }

    [Fact]
    public void A_stream_that_has_ended_takes_no_more()
    {
        var resampler = new StreamingResampler(48_000, 16_000);
        resampler.Flush(new float[10]);
        Assert.Throws<InvalidOperationException>(() => resampler.Process([0f], new float[1], out _));
    }

    [Theory]
    [InlineData(7_999, 16_000, "inputRate", "7999")]
    [InlineData(192_001, 16_000, "inputRate", "192001")]
    [InlineData(16_000, 0, "outputRate", "0")]
    [InlineData(16_000, -16_000, "outputRate", "-16000")]
    public void A_rate_outside_the_range_is_refused_by_name(int inputRate, int outputRate, string name, string value)
    {
        var refusal = Assert.ThrowsAny<ArgumentException>(() => new StreamingResampler(inputRate, outputRate));
        Assert.Equal(name, refusal.ParamName);
        Assert.Contains(value, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("8000 to 192000", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_of_years_do_not_overflow()
    {
        const long Year = 365L * 24 * 3600;
        Assert.Equal(100 * Year * 16_000, Resampler.OutputLength(100 * Year * 44_100, 44_100, 16_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => Resampler.OutputLength(-1, 8_000, 16_000));
    }

    private static float[] Stream(StreamingResampler resampler, float[] input, Random random, int mostIn, int mostOut)
    {
        var result = new List<float>();
        var output = new float[mostOut];
        for (var taken = 0; taken < input.Length;)
        {
            var chunk = input.AsSpan(taken, Math.Min(random.Next(0, mostIn + 1), input.Length - taken));
            var written = resampler.Process(chunk, output.AsSpan(0, random.Next(1, mostOut + 1)), out var consumed);
            result.AddRange(output.AsSpan(0, written));
            taken += consumed;
        }

        // The samples that did not fit into the last output are still inside.
        for (var written = 1; written > 0;)
        {
            written = resampler.Flush(output);
            result.AddRange(output.AsSpan(0, written));
        }

        return [.. result];
    }

    private static float[] Noise(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }
}
