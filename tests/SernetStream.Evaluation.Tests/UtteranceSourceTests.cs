using SernetStream.Evaluation.Corpora;
using SernetStream.Evaluation.Scores;
using SernetStream.Evaluation.Streaming;
using SernetStream.Testing;

namespace SernetStream.Evaluation.Tests;

public sealed class UtteranceSourceTests : IDisposable
{
    private const int Rate = 16000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Utterances_lie_where_it_says_with_silence_in_between()
    {
        var (samples, played) = Play(Clips(5), new StreamingOptions());
        Assert.Equal(5, played.Count);
        var last = 0.0;
        foreach (var (clip, utterance) in played)
        {
            Assert.InRange(utterance.Start - last, 1.5 - 1e-4, 4);
            Assert.Equal(1, utterance.End - utterance.Start, 1e-9);
            Assert.All(samples[(int)(last * Rate)..Sample(utterance.Start)], sample => Assert.Equal(0, sample));
            Assert.Equal(Tone(clip), samples[Sample(utterance.Start)..Sample(utterance.End)]);
            last = utterance.End;
        }

        Assert.InRange(((double)samples.Length / Rate) - last, 1.5 - 1e-4, 4);
        var first = played[0].Utterance;
        Assert.Equal(0.25, first.SpeechStart - first.Start, SpeechExtent.FrameSeconds);
        Assert.Equal(0.75, first.SpeechEnd - first.Start, SpeechExtent.FrameSeconds);
    }

    [Fact]
    public void The_seed_decides_order_and_pauses()
    {
        var (one, two, other) = (Play(Clips(20), new StreamingOptions()), Play(Clips(20), new StreamingOptions()), Play(Clips(20), new StreamingOptions { Seed = 2 }));
        Assert.Equal(one.Played, two.Played);
        Assert.NotEqual(one.Played.Select(p => p.Clip.File), other.Played.Select(p => p.Clip.File));
        Assert.Equal(one.Played.Select(p => p.Clip.File).Order(), other.Played.Select(p => p.Clip.File).Order());
        Assert.NotEqual(one.Samples.Length, other.Samples.Length);
    }

    [Fact]
    public void What_cannot_be_read_is_left_out_without_a_second_pause()
    {
        var (samples, played) = Play(Clips(3), new StreamingOptions { Pause = (2, 2) }, clip => clip.File == "1" ? null : Tone(clip));
        Assert.Equal(2, played.Count);
        Assert.Equal((3 * 2 + 2) * Rate, samples.Length);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-5)]
    public void Noise_goes_on_throughout_at_its_distance_from_speech(double snr)
    {
        // Two recordings of different loudness, a silent one, and a file that is no recording.
        var random = new Random(7);
        Write("loud.wav", [.. Enumerable.Range(0, Rate).Select(_ => (float)((random.NextDouble() * 1.6) - 0.8))]);
        Write("soft.wav", [.. Enumerable.Range(0, Rate / 2).Select(_ => (float)((random.NextDouble() * 0.02) - 0.01))]);
        Write("silent.wav", new float[500]);
        _folder.Write("readme.txt", "noise");
        var (samples, played) = Play(Clips(4), new StreamingOptions { Noise = _folder.FullPath, SnrDb = snr });

        var noise = Decibels(samples.AsSpan(0, Sample(played[0].Utterance.Start)));
        Assert.Equal(-26 - snr, noise, 0.2);
        foreach (var (clip, utterance) in played)
        {
            Assert.Equal(noise, Decibels(samples.AsSpan(Sample(utterance.Start), Rate / 5)), 0.5);
            var heard = samples.AsSpan(Sample(utterance.SpeechStart)..Sample(utterance.SpeechEnd));
            Assert.Equal(10 * Math.Log10(Math.Pow(10, -2.6) + Math.Pow(10, (-26 - snr) / 10)), Decibels(heard), 0.5);
        }
    }

    [Fact]
    public void Noise_that_is_none_is_refused()
    {
        _folder.Write("readme.txt", "nothing here");
        var error = Assert.Throws<CorpusException>(() => Play(Clips(1), new StreamingOptions { Noise = _folder.FullPath }));
        Assert.Equal(CorpusError.Missing, error.Error);
        Assert.Contains("holds no recordings", error.Message, StringComparison.Ordinal);

        Write("silent.wav", new float[500]);
        error = Assert.Throws<CorpusException>(() => Play(Clips(1), new StreamingOptions { Noise = _folder.FullPath }));
        Assert.Contains("All recordings of --noise are silent", error.Message, StringComparison.Ordinal);
    }

    private static (float[] Samples, List<(LabelledClip Clip, PlayedUtterance Utterance)> Played) Play(
        IReadOnlyList<LabelledClip> clips, StreamingOptions options, Func<LabelledClip, float[]?>? load = null)
    {
        var played = new List<(LabelledClip, PlayedUtterance)>();
        using var source = new UtteranceSource(clips, load ?? Tone, _ => 0, options, (clip, _, utterance) => played.Add((clip, utterance)));
        var samples = new List<float>();
        var buffer = new float[4096];
        for (var block = source.Read(buffer, 1, default); !block.IsEnd; block = source.Read(buffer, 1, default))
        {
            samples.AddRange(buffer.AsSpan(0, block.Count));
            Assert.InRange(block.Count, 1, 512);
            Assert.Equal((double)samples.Count / Rate, source.Seconds, 1e-9);
        }

        return ([.. samples], played);
    }

    private static List<LabelledClip> Clips(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new LabelledClip($"{i}", "anger", "01"))];

    /// <summary>One second; its middle half is a tone, different for each clip.</summary>
    private static float[] Tone(LabelledClip clip)
    {
        var samples = new float[Rate];
        for (var i = Rate / 4; i < 3 * Rate / 4; i++)
        {
            samples[i] = 0.3f * MathF.Cos(i * 0.1f * (1 + int.Parse(clip.File, System.Globalization.CultureInfo.InvariantCulture)));
        }

        return samples;
    }

    private static int Sample(double seconds) => (int)Math.Round(seconds * Rate);

    private static double Decibels(ReadOnlySpan<float> samples) => 10 * Math.Log10(SpeechExtent.Power(samples));

    private void Write(string name, float[] samples)
    {
        var bytes = new byte[44 + (2 * samples.Length)];
        var writer = new BinaryWriter(new MemoryStream(bytes));
        writer.Write("RIFF"u8);
        writer.Write(bytes.Length - 8);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(Rate);
        writer.Write(2 * Rate);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(2 * samples.Length);
        foreach (var sample in samples)
        {
            writer.Write((short)(sample * short.MaxValue));
        }

        _folder.Write(name, bytes);
    }
}
