using SernetStream.Audio.Files;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Files;

/// <summary>Incomplete files: the reader returns the samples that are there and warns about the rest.</summary>
public sealed class DamagedFileTests : IDisposable
{
    private const int Rate = 16_000;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, int> Formats { get; } = new()
    {
        { "flac", SndFileWriter.Flac | SndFileWriter.Pcm16 },
        { "aiff", SndFileWriter.Aiff | SndFileWriter.Pcm16 },
        { "au", SndFileWriter.Au | SndFileWriter.Pcm16 },
        { "w64", SndFileWriter.W64 | SndFileWriter.Pcm16 },
        { "rf64", SndFileWriter.Rf64 | SndFileWriter.Pcm16 },
        { "ogg", SndFileWriter.Vorbis },
        { "opus", SndFileWriter.Opus },
        { "mp3", SndFileWriter.Mp3 },
        { "adpcm.wav", SndFileWriter.AdpcmWav },
    };

    [Fact]
    public void A_wav_that_was_cut_off_says_what_was_promised_and_what_is_there()
    {
        var whole = WavBytes.Pcm(Rate, 1, 16, SineListener.Make(300, Rate, 3 * Rate, 0.5));
        var path = _folder.Write("x.wav", whole.AsSpan(0, 44 + (2 * 19_200)));
        var clip = AudioFile.ReadAll(path);
        Assert.Equal(19_200, clip.Samples.Length);
        Assert.True(clip.IsTruncated);
        Assert.Equal($"{path} is cut off: its header promises 3.00 s, but it has 1.20 s.", clip.Warning);
    }

    [Fact]
    public void A_few_missing_samples_are_counted_in_samples()
    {
        var whole = WavBytes.Pcm(Rate, 2, 24, SineListener.Make(300, Rate, 2 * Rate, 0.5));
        var path = _folder.Write("x.wav", whole.AsSpan(0, whole.Length - 7));
        var clip = AudioFile.ReadAll(path);
        Assert.Equal(Rate - 2, clip.Samples.Length);
        Assert.Equal($"{path} is cut off: its header promises {Rate}, but it has {Rate - 2} samples.", clip.Warning);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_whole_file_is_whole(string name, int format)
    {
        var path = Write(name, format, 5);
        var clip = AudioFile.ReadAll(path);
        Assert.Equal(Rate, clip.SampleRate);
        Assert.Null(clip.Warning);
        Assert.False(clip.IsTruncated);
        Assert.InRange(clip.Duration.TotalSeconds, 4.99, 5.1);
        Assert.Equal(0.5, SineListener.Amplitude(clip.Samples.AsSpan(Rate, Rate), 440, Rate), 0.03);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_that_was_cut_off_gives_what_is_there(string name, int format)
    {
        // Noise, so that every second takes about as many bytes.
        var random = new Random(1);
        float[] noise = [.. Enumerable.Range(0, 60 * Rate).Select(_ => (float)(random.NextDouble() - 0.5))];
        var whole = File.ReadAllBytes(Write(name, format, noise));
        foreach (var share in new[] { 0.3, 0.5, 0.9, 0.99 })
        {
            var path = _folder.Write($"cut.{name}", whole.AsSpan(0, (int)(share * whole.Length)));
            var clip = AudioFile.ReadAll(path);
            Assert.True(clip.IsTruncated, $"{share} of {name} passed for whole.");
            Assert.InRange(clip.Duration.TotalSeconds, (60 * share) - 5, Math.Min(59.99, (60 * share) + 5));
            Assert.StartsWith($"{path} is cut off", clip.Warning, StringComparison.Ordinal);
            Assert.Contains($"{clip.Duration.TotalSeconds:f2} s", clip.Warning, StringComparison.Ordinal);
            Assert.All(clip.Samples, sample => Assert.True(float.IsFinite(sample)));
        }
    }

    [Theory]
    [InlineData(SndFileWriter.Opus)]
    [InlineData(SndFileWriter.Vorbis)]
    public void A_stream_without_its_last_page_is_cut_off(int format)
    {
        var whole = File.ReadAllBytes(Write("x.ogg", format, 20));
        var path = _folder.Write("cut.ogg", whole.AsSpan(0, whole.AsSpan().LastIndexOf("OggS"u8)));
        var clip = AudioFile.ReadAll(path);
        Assert.True(clip.IsTruncated);
        Assert.Contains("its last page is missing", clip.Warning, StringComparison.Ordinal);
        Assert.InRange(clip.Duration.TotalSeconds, 15, 20);
    }

    [Fact]
    public void A_flac_damaged_in_the_middle_does_not_pass_for_whole()
    {
        var bytes = File.ReadAllBytes(Write("x.flac", SndFileWriter.Flac | SndFileWriter.Pcm16, 10));
        bytes.AsSpan(bytes.Length / 2, 300).Fill(0x5A);
        var path = _folder.Write("damaged.flac", bytes);
        var clip = AudioFile.ReadAll(path);
        Assert.True(clip.IsTruncated);
        Assert.InRange(clip.Duration.TotalSeconds, 3, 10);
        Assert.StartsWith($"{path} is cut off or damaged", clip.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Samples_that_are_not_numbers_become_silence_and_are_counted()
    {
        float[] frames = [0.5f, 0.5f, float.NaN, 0.5f, float.NegativeInfinity, float.PositiveInfinity, 0.25f, 0.25f];
        var path = _folder.Write("x.wav", WavBytes.Float(Rate, 2, frames));
        var clip = AudioFile.ReadAll(path);
        Assert.Equal([0.5f, 0.25f, 0f, 0.25f], clip.Samples);
        Assert.Equal(3, clip.NonFiniteSamples);
        Assert.Equal($"{path} has 3 samples that are not numbers; silence replaces them.", clip.Warning);
        Assert.False(clip.IsTruncated);

        var tooWide = _folder.Write("wide.wav", WavBytes.Double(Rate, 1, [0.5, 1e300, double.NaN]));
        Assert.Equal(2, AudioFile.ReadAll(tooWide).NonFiniteSamples);
    }

    [Fact]
    public void A_silent_file_is_read_and_says_that_it_is_silent()
    {
        var path = _folder.Write("x.wav", WavBytes.Pcm(Rate, 1, 16, new float[Rate]));
        var clip = AudioFile.ReadAll(path);
        Assert.True(clip.IsSilent);
        Assert.Equal(Rate, clip.Samples.Length);
        Assert.Equal($"{path} is silent: every sample is zero.", clip.Warning);
    }

    public void Dispose() => _folder.Dispose();

    private string Write(string name, int format, int seconds) =>
        Write(name, format, SineListener.Make(440, Rate, seconds * Rate, 0.5));

    private string Write(string name, int format, float[] samples)
    {
        var path = _folder.PathOf($"whole.{name}");
        Assert.True(
            SndFileWriter.Write(path, format, Rate, 1, samples),
            $"This libsndfile cannot write {name}.");
        return path;
    }
}
