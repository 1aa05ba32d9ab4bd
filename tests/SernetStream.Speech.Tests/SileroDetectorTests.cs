using SernetStream.Dsp.Simd;
using SernetStream.Models;
using SernetStream.Speech.Silero;
using SernetStream.Testing;

namespace SernetStream.Speech.Tests;

public class SileroDetectorTests
{
    /// <summary>Weights and inputs are integers of 11 to 15 bits here (<see cref="LevelMatrix"/>).</summary>
    private const float Tolerance = 0.04f;

    private const float ToleranceOfMean = 2e-3f;

    private static readonly float[] Noise = GoldenSignal.Read("noise.s16");

    [Theory]
    [InlineData(1)]
    [InlineData(0.1f)]
    [InlineData(0.003f)]
    [InlineData(30)]
    public void It_says_what_ONNX_Runtime_says_of_the_network_of_Silero(float gain)
    {
        using var detector = new SileroDetector();
        using var original = new SileroInOnnxRuntime();
        float[] samples = [.. GoldenSignal.Spoken, .. Noise, .. new float[32_000], .. GoldenSignal.Spoken, .. Tones()];
        float[] differences =
        [
            .. Steps(Array.ConvertAll(samples, sample => sample * gain))
                .Select(step => Math.Abs(original.Probability(step) - detector.Probability(step))),
        ];
        TestContext.Current.TestOutputHelper?.WriteLine($"{differences.Average()} on average, {differences.Max()} at most");
        Assert.InRange(differences.Average(), 0, ToleranceOfMean);
        Assert.InRange(differences.Max(), 0, Tolerance);
    }

    [Fact]
    public void Scalars_say_what_vectors_say_to_the_bit()
    {
        using var vectors = new SileroDetector();
        using var scalars = new SileroDetector(SimdMode.Scalar);
        float[] samples = [.. GoldenSignal.Spoken, .. Noise, .. new float[4096], .. Tones()];
        Assert.All(Steps(samples), step => Assert.Equal(
            BitConverter.SingleToInt32Bits(scalars.Probability(step)), BitConverter.SingleToInt32Bits(vectors.Probability(step))));
    }

    [Theory]
    [Trait("Category", "slow")]
    [InlineData(VectorWidth.Scalar)]
    [InlineData(VectorWidth.Bits128)]
    [InlineData(VectorWidth.Bits128Fused)]
    [InlineData(VectorWidth.Bits256)]
    [InlineData(VectorWidth.Widest)]
    public async Task So_they_do_on_every_processor(VectorWidth width) => Assert.Equal(
        1, await VectorWidths.RunAsync(width, typeof(SileroDetectorTests).Assembly, "FullyQualifiedName~Scalars_say_what_vectors_say"));

    [Fact]
    public void A_step_allocates_nothing()
    {
        using var detector = new SileroDetector();
        Assert.Equal(0, Allocations.Of(() =>
        {
            detector.Probability(GoldenSignal.Spoken.AsSpan(20_000, ISpeechDetector.StepLength));
            detector.Reset();
        }));
    }

    [Fact]
    public void What_a_first_opinion_has_computed_changes_no_answer()
    {
        using var alone = new SileroDetector();
        using var second = new SileroDetector { First = new MelDetector() };
        var heard = 0;
        foreach (var step in Steps([.. GoldenSignal.Spoken, .. new float[4096], .. Noise]))
        {
            // Now and then either alone hears a step, as in a cascade: then the other has another step before the next one.
            if (++heard % 7 != 0)
            {
                second.First.MaySpeak(step);
            }

            if (heard % 11 != 0)
            {
                Assert.Equal(
                    BitConverter.SingleToInt32Bits(alone.Probability(step)), BitConverter.SingleToInt32Bits(second.Probability(step)));
            }
        }
    }

    [Fact]
    public void A_spectrum_of_the_same_samples_is_computed_once()
    {
        var (first, second) = (new SileroSpectrum(SimdMode.Fastest), new SileroSpectrum(SimdMode.Fastest));
        foreach (var step in Steps(GoldenSignal.Spoken)[..20])
        {
            var magnitudes = first.Of(step);
            Assert.True(second.Of(step, first) == magnitudes);
        }

        var others = first.Of(Noise.AsSpan(0, ISpeechDetector.StepLength));
        Assert.False(second.Of(Noise.AsSpan(1, ISpeechDetector.StepLength), first) == others);
    }

    [Fact]
    public void A_step_that_is_no_number_is_refused_and_forgotten()
    {
        using var detector = new SileroDetector();
        using var fresh = new SileroDetector();
        float[] broken = [.. GoldenSignal.Spoken.AsSpan(20_000, ISpeechDetector.StepLength)];
        broken[100] = float.NaN;

        var error = Assert.Throws<ModelException>(() => detector.Probability(broken));

        Assert.Equal(ModelError.NotFinite, error.Error);
        Assert.All(Steps(GoldenSignal.Spoken[..24_000]), step => Assert.Equal(fresh.Probability(step), detector.Probability(step)));
    }

    [Theory]
    [InlineData(1e12f)]
    [InlineData(1e-15f)]
    [InlineData(1e-39f)]
    public void Sound_of_any_level_has_an_answer(float level)
    {
        using var detector = new SileroDetector();
        Assert.All(Steps(Array.ConvertAll(Noise, sample => sample * level)), step => Assert.InRange(detector.Probability(step), 0f, 1f));
    }

    [Fact]
    public void The_sigmoid_and_the_tangent_are_those_of_the_textbook()
    {
        for (var x = -100.0; x < 100; x += 0.001)
        {
            Assert.Equal(1 / (1 + Math.Exp(-(float)x)), Sigmoid.Of((float)x), 3e-7);
            Assert.Equal(Math.Tanh((float)x), Sigmoid.Tanh((float)x), 3e-7);
        }
    }

    private static List<float[]> Steps(float[] samples) =>
        [.. samples.Chunk(ISpeechDetector.StepLength).Where(step => step.Length == ISpeechDetector.StepLength)];

    /// <summary>A siren: every frequency, and a loud sound that is no speech.</summary>
    private static float[] Tones() =>
        [.. Enumerable.Range(0, 32_000).Select(i => 0.5f * MathF.Sin(i * i * 4e-5f))];
}
