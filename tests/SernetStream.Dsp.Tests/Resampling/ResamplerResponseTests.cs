using SernetStream.Dsp.Resampling;

namespace SernetStream.Dsp.Tests.Resampling;

/// <summary>Pass band, stop band and delay, measured with sines.</summary>
public sealed class ResamplerResponseTests(ITestOutputHelper log)
{
    public static TheoryData<int, int> Rates { get; } = new()
    {
        { 44_100, 16_000 }, { 48_000, 16_000 }, { 32_000, 16_000 }, { 96_000, 16_000 }, { 192_000, 16_000 },
        { 22_050, 16_000 }, { 11_025, 16_000 }, { 8_000, 16_000 }, { 22_051, 16_000 }, { 44_101, 16_001 },
        { 16_000, 22_050 }, { 44_100, 22_050 }, { 48_000, 22_050 }, { 192_000, 8_000 }, { 191_999, 8_000 },
        { 8_000, 192_000 }, { 15_999, 16_000 },
    };

    [Theory]
    [MemberData(nameof(Rates))]
    public void A_tone_in_the_pass_band_keeps_its_level_and_its_place_in_time(int inputRate, int outputRate)
    {
        var passBand = new StreamingResampler(inputRate, outputRate).PassBandHz;
        Assert.True(passBand >= 0.95 * Math.Min(inputRate, outputRate) / 2);
        var (ripple, shift, residual) = (0.0, 0.0, double.NegativeInfinity);
        foreach (var share in new[] { 0.003, 0.05, 0.2, 0.41, 0.63, 0.8, 0.9, 0.95, 0.98, 1.0 })
        {
            var frequency = share * passBand;
            var output = Resampler.Resample(Tone.Make(frequency, inputRate, inputRate / 2), inputRate, outputRate);
            var fit = Tone.Measure(Middle(output), output.Length / 4, frequency, outputRate);
            ripple = Math.Max(ripple, Math.Abs(fit.GainDb));
            shift = Math.Max(shift, Math.Abs(fit.Phase) / (2 * Math.PI * frequency));
            residual = Math.Max(residual, fit.ResidualDb);
        }

        log.WriteLine($"{inputRate} -> {outputRate}: ripple {ripple:g2} dB, shift {shift:g2} s, rest {residual:f1} dB");
        Assert.True(ripple < 0.001, $"The ripple is {ripple} dB.");
        Assert.True(shift < 1e-8, $"A tone is shifted by {shift} s.");
        Assert.True(residual < -100, $"Images or noise lie at {residual} dB.");
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void Nothing_above_half_the_output_rate_folds_back(int inputRate, int outputRate)
    {
        if (outputRate >= inputRate)
        {
            // A lower input rate has no stop band to test; the residual of the other test covers its images.
            return;
        }

        var stopBand = new StreamingResampler(inputRate, outputRate).StopBandHz;
        Assert.Equal(0.5 * outputRate, stopBand);
        var loudest = double.NegativeInfinity;
        for (var i = 0; i <= 20; i++)
        {
            // The frequencies are denser near the edge, where the side lobes are highest.
            var frequency = stopBand + ((0.5 * inputRate - stopBand) * Math.Pow(i / 20.0, 3));
            var input = Tone.Make(frequency, inputRate, inputRate / 4);
            loudest = Math.Max(loudest, Tone.LevelDb(Middle(Resampler.Resample(input, inputRate, outputRate))));
        }

        log.WriteLine($"{inputRate} -> {outputRate}: stop band {loudest:f1} dB");
        Assert.True(loudest < -100, $"A tone of the stop band comes through at {loudest} dB.");
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void A_constant_stays_one(int inputRate, int outputRate)
    {
        var input = new float[inputRate];
        Array.Fill(input, 0.5f);
        var output = Resampler.Resample(input, inputRate, outputRate);
        Assert.All(Middle(output).ToArray(), sample => Assert.Equal(0.5f, sample, 2e-6f));
    }

    [Fact]
    public void A_click_comes_out_at_its_own_time()
    {
        var input = new float[48_000];
        input[24_000] = 1;
        var output = Resampler.Resample(input, 48_000, 16_000);
        Assert.Equal(8_000, Array.IndexOf(output, output.Max()));
        for (var k = 1; k < 200; k++)
        {
            Assert.Equal(output[8_000 - k], output[8_000 + k], 1e-7f);
        }
    }

    [Fact]
    public void A_prime_rate_has_not_drifted_after_twenty_seconds()
    {
        const int InputRate = 22_051;
        var output = Resampler.Resample(Tone.Make(1000, InputRate, 20 * InputRate), InputRate, 16_000);
        var tail = output.Length - 16_000;
        var fit = Tone.Measure(output.AsSpan(tail, 12_000), tail, 1000, 16_000);
        Assert.True(Math.Abs(fit.Phase) / (2 * Math.PI * 1000) < 1e-9, $"The phase is off by {fit.Phase}.");
    }

    private static ReadOnlySpan<float> Middle(float[] samples) =>
        samples.AsSpan(samples.Length / 4, samples.Length / 2);
}
