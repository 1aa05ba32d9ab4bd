using SernetStream.Testing;

namespace SernetStream.Speech.Tests;

public class SpeechDetectorTests
{
    [Fact]
    public void Silero_hears_speech_and_nothing_in_noise_or_silence()
    {
        Assert.InRange(ShareOfSpeech(new SileroDetector(), GoldenSignal.Spoken), 0.5, 1);
        Assert.Equal(0, ShareOfSpeech(new SileroDetector(), GoldenSignal.Read("noise.s16")));
        Assert.Equal(0, ShareOfSpeech(new SileroDetector(), new float[48000]));
    }

    [Fact]
    public void A_gate_that_there_is_not_is_no_other_one() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SpeechDetectorFactory((GateKind)99).Create());

    [Fact]
    public void After_a_reset_Silero_hears_as_a_new_one_does()
    {
        using var used = new SileroDetector();
        using var fresh = new SileroDetector();
        foreach (var step in Steps(GoldenSignal.Spoken[..24_000]))
        {
            used.Probability(step);
        }

        used.Reset();

        Assert.All(Steps(GoldenSignal.Spoken), step => Assert.Equal(fresh.Probability(step), used.Probability(step)));
    }

    [Fact]
    public void Energy_hears_what_stands_out_of_the_room()
    {
        var random = new Random(1);
        float[] room = [.. Enumerable.Range(0, 96_000).Select(_ => (float)(random.NextDouble() - 0.5) * 0.01f)];
        Assert.Equal(0, ShareOfSpeech(new EnergyDetector(), room));

        for (var i = 48_000; i < 64_000; i++)
        {
            room[i] += 0.3f * MathF.Sin(i * 0.1f);
        }

        Assert.InRange(ShareOfSpeech(new EnergyDetector(), room), 16.0 / 96 * 0.9, 16.0 / 96 * 1.1);
    }

    [Fact]
    public void Without_a_detector_everything_is_speech() =>
        Assert.Equal(1, ShareOfSpeech(new AlwaysSpeechDetector(), new float[5120]));

    private static double ShareOfSpeech(ISpeechDetector detector, float[] samples)
    {
        using (detector)
        {
            var steps = Steps(samples);
            return steps.Count(step => detector.Probability(step) >= 0.5) / (double)steps.Count;
        }
    }

    private static List<float[]> Steps(float[] samples) =>
        [.. samples.Chunk(ISpeechDetector.StepLength).Where(step => step.Length == ISpeechDetector.StepLength)];
}
