using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SernetStream.Dsp.Simd;
using SernetStream.Testing;

namespace SernetStream.Speech.Tests;

/// <summary>The first opinion says what Python's network says, on every width of vectors the same to the bit.</summary>
public class MelDetectorTests
{
    private const string ChildFingerprint = "SERNET_TEST_GATE_FINGERPRINT";

    [Fact]
    public void It_gives_the_logits_of_the_training()
    {
        var golden = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Repository.PathOf("tests", "golden", "gate", "spoken.f32"))).ToArray();
        var logits = Logits(GoldenSignal.Spoken);
        Assert.Equal(golden.Length, logits.Length);
        Assert.InRange(golden.Zip(logits, (a, b) => Math.Abs(a - b)).Max(), 0, 2e-3);
    }

    [Fact]
    public void It_hears_speech_and_neither_silence_nor_a_quiet_room()
    {
        var random = new Random(1);
        float[] room = [.. Enumerable.Range(0, 160_000).Select(_ => (float)((random.NextDouble() - 0.5) * 0.003))];
        Assert.InRange(Logits(GoldenSignal.Spoken).Count(logit => logit >= 0), 30, 150);

        // Sound that sets in may be speech, and so may the begin of a stream: it looks back a second.
        Assert.DoesNotContain(Logits(new float[96_000])[62..], logit => logit >= 0);
        Assert.DoesNotContain(Logits(room)[62..], logit => logit >= 0);
    }

    [Fact]
    public void Scalars_give_what_vectors_give() =>
        Assert.Equal(Logits(GoldenSignal.Spoken), Logits(GoldenSignal.Spoken, SimdMode.Scalar));

    [Theory]
    [Trait("Category", "slow")]
    [InlineData(VectorWidth.Scalar)]
    [InlineData(VectorWidth.Bits128)]
    [InlineData(VectorWidth.Bits128Fused)]
    [InlineData(VectorWidth.Bits256)]
    [InlineData(VectorWidth.Widest)]
    public async Task Every_width_gives_what_this_one_gives(VectorWidth width) => Assert.Equal(1, await VectorWidths.RunAsync(
        width, typeof(MelDetectorTests).Assembly, "FullyQualifiedName~A_child_hears", KeyValuePair.Create(ChildFingerprint, Fingerprint())));

    [Fact]
    public void A_child_hears_what_its_parent_heard() =>
        Assert.Equal(Environment.GetEnvironmentVariable(ChildFingerprint) ?? Fingerprint(), Fingerprint());

    [Fact]
    public void It_forgets_when_it_is_reset()
    {
        var detector = new MelDetector();
        var first = Logits(GoldenSignal.Spoken, detector);
        detector.Reset();
        Assert.Equal(first, Logits(GoldenSignal.Spoken, detector));
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        var detector = new MelDetector();
        var step = new float[ISpeechDetector.StepLength];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                detector.MaySpeak(step);
            }

            detector.Reset();
        }));
    }

    private static string Fingerprint() =>
        Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(Logits(GoldenSignal.Spoken).AsSpan())));

    private static float[] Logits(float[] samples, SimdMode mode = SimdMode.Fastest) => Logits(samples, new MelDetector(mode));

    private static float[] Logits(float[] samples, MelDetector detector) =>
    [
        .. Enumerable.Range(0, samples.Length / ISpeechDetector.StepLength)
            .Select(step => detector.Logit(samples.AsSpan(step * ISpeechDetector.StepLength, ISpeechDetector.StepLength))),
    ];
}
