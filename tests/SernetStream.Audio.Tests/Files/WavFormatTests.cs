using SernetStream.Audio.Files;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Files;

/// <summary>WAV files of every width, number of channels and rate, written byte by byte and by SoX.</summary>
public sealed class WavFormatTests : IDisposable
{
    private static readonly int[] Rates = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    public void Integers_of_every_width_are_averaged_over_the_channels(int bits)
    {
        foreach (var (rate, channels) in Rates.SelectMany(rate => Enumerable.Range(1, 8).Select(n => (rate, n))))
        {
            var interleaved = Sound(rate / 20, channels);
            var clip = Read(WavBytes.Pcm(rate, channels, bits, interleaved));
            Assert.Equal(rate, clip.SampleRate);
            Assert.False(clip.IsTruncated);
            Assert.Null(clip.Warning);
            AssertMono(interleaved, channels, clip.Samples, Math.Pow(2, -bits) + 1e-7);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(24)]
    public void Floats_of_both_widths_are_averaged_over_the_channels(int channels)
    {
        foreach (var rate in Rates)
        {
            var interleaved = Sound(rate / 20, channels);
            AssertMono(interleaved, channels, Read(WavBytes.Float(rate, channels, interleaved)).Samples, 1e-7);
            double[] wide = [.. interleaved.Select(sample => (double)sample)];
            AssertMono(interleaved, channels, Read(WavBytes.Double(rate, channels, wide)).Samples, 1e-7);
        }
    }

    [Fact]
    public void Sixteen_bit_samples_are_exact()
    {
        float[] all = [.. Enumerable.Range(short.MinValue, 1 << 16).Select(value => value / 32_768f)];
        Assert.Equal(all, Read(WavBytes.Pcm(16_000, 1, 16, all)).Samples);
    }

    [Fact]
    public void Floats_beyond_full_scale_are_left_as_they_are()
    {
        float[] loud = [2.5f, -7f, 0.5f];
        Assert.Equal(loud, Read(WavBytes.Float(16_000, 1, loud)).Samples);
    }

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(36u, 0u)]
    [InlineData(0xFFFF_FFFFu, 0xFFFF_FFFFu)]
    [InlineData(0x7FFF_F024u, 0x7FFF_F000u)]
    [InlineData(0x8000_0024u, 0x8000_0000u)]
    public void The_sizes_that_a_writer_into_a_pipe_leaves_mean_nothing(uint riffSize, uint dataSize)
    {
        var sound = Sound(8_000, 1);
        var clip = Read(WavBytes.WithSizes(WavBytes.Pcm(16_000, 1, 16, sound), riffSize, dataSize));
        Assert.Equal(sound.Length, clip.Samples.Length);
        Assert.False(clip.IsTruncated);
        Assert.Null(clip.Warning);
    }

    [Fact]
    public void A_header_of_zero_bytes_with_tags_after_it_is_an_empty_recording()
    {
        byte[] tags = [.. "LIST"u8, 4, 0, 0, 0, .. "INFO"u8];
        var path = _folder.Write("x.wav", [.. WavBytes.Pcm(16_000, 1, 16, []), .. tags]);
        Assert.Equal(
            AudioFileError.NoSamples, Assert.Throws<AudioFileException>(() => AudioFile.ReadAll(path)).Error);
    }

    [Fact]
    public void Whoever_reads_in_pieces_gets_the_same_samples()
    {
        var path = _folder.Write("x.wav", WavBytes.Pcm(44_100, 3, 24, Sound(30_000, 3)));
        using var file = AudioFile.Open(path);
        Assert.Equal(3, file.Channels);
        Assert.Equal(30_000, file.ExpectedSamples);
        var samples = new List<float>();
        var random = new Random(1);
        var buffer = new float[5000];
        for (int count; (count = file.Read(buffer.AsSpan(0, random.Next(1, 5000)))) > 0;)
        {
            Assert.Null(file.Warning);
            samples.AddRange(buffer.AsSpan(0, count));
        }

        Assert.Equal(30_000, file.SamplesRead);
        Assert.Equal(AudioFile.ReadAll(path).Samples, samples);
    }

    [NeedsTheory("sox")]
    [InlineData("unsigned-integer", 8)]
    [InlineData("signed-integer", 16)]
    [InlineData("signed-integer", 24)]
    [InlineData("signed-integer", 32)]
    [InlineData("floating-point", 32)]
    [InlineData("floating-point", 64)]
    [InlineData("mu-law", 8)]
    [InlineData("a-law", 8)]
    public async Task What_sox_writes_is_read(string encoding, int bits)
    {
        foreach (var (rate, channels) in new[] { (8_000, 1), (8_000, 8), (16_000, 2), (44_100, 6), (96_000, 8) })
        {
            var path = _folder.PathOf($"{channels}-{rate}.wav");
            var result = await ChildProcess.RunAsync(
                "sox",
                [
                    "-D", "-n", "-r", $"{rate}", "-c", $"{channels}", "-e", encoding, "-b", $"{bits}", path,
                    "synth", "0.5", "sine", "440", "vol", "0.5",
                ]);
            Assert.True(result.ExitCode == 0, result.Errors);
            var clip = AudioFile.ReadAll(path);
            Assert.Equal(rate, clip.SampleRate);
            Assert.Equal(rate / 2, clip.Samples.Length);
            Assert.Null(clip.Warning);
            Assert.Equal(0.5, SineListener.Amplitude(clip.Samples, 440, rate), 0.01);
        }
    }

    public void Dispose() => _folder.Dispose();

    private AudioClip Read(byte[] wav) => AudioFile.ReadAll(_folder.Write("x.wav", wav));

    /// <summary>A different sound on each channel.</summary>
    private static float[] Sound(int frames, int channels) =>
    [
        .. Enumerable.Range(0, frames * channels).Select(i =>
            (float)(0.9 * Math.Sin(0.01 * (1 + (i % channels)) * (i / channels)) * (1 - (0.1 * (i % channels % 8))))),
    ];

    private static void AssertMono(float[] interleaved, int channels, float[] mono, double tolerance)
    {
        Assert.Equal(interleaved.Length / channels, mono.Length);
        for (var i = 0; i < mono.Length; i++)
        {
            var expected = interleaved.AsSpan(i * channels, channels).ToArray().Average();
            Assert.True(Math.Abs(expected - mono[i]) <= tolerance, $"Sample {i} is {mono[i]}, not {expected}.");
        }
    }
}
