using System.Buffers.Binary;
using SernetStream.Audio.Files;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Files;

/// <summary>Unusual files that still hold a recording: they are read, and the warnings are correct.</summary>
public sealed class UnusualFileTests : IDisposable
{
    private const int Rate = 16_000;
    private static readonly float[] Tone = [.. SineListener.Make(440, Rate, Rate, 0.5)];
    private static readonly byte[] Wav = WavBytes.Pcm(Rate, 1, 16, Tone);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_chunk_of_odd_size_without_the_byte_that_fills_it_up() =>
        IsWhole([.. Wav.AsSpan(0, 36), .. "LIST"u8, 7, 0, 0, 0, .. "INFOabc"u8, .. Wav.AsSpan(36)], warning: null);

    [Fact]
    public void A_chunk_of_odd_size_with_that_byte() =>
        IsWhole([.. Wav.AsSpan(0, 36), .. "LIST"u8, 7, 0, 0, 0, .. "INFOabc"u8, 0, .. Wav.AsSpan(36)], warning: null);

    [Fact]
    public void Two_files_in_one() => IsWhole([.. Wav, .. Wav], "another recording after the first");

    [Fact]
    public void Rubbish_after_the_samples() => IsWhole([.. Wav, 1, 2, 3, 255, 254, 9, 8, 7, 6, 5, 4, 3], warning: null);

    [Fact]
    public void Tags_of_mp3_before_the_header() =>
        IsWhole([.. "ID3"u8, 3, 0, 0, 0, 0, 0, 20, .. new byte[20], .. Wav], warning: null);

    [Fact]
    public void The_extensible_header()
    {
        byte[] more = [22, 0, 16, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 16, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
        byte[] file = [.. Wav.AsSpan(0, 36), .. more, .. Wav.AsSpan(36)];
        (file[16], file[20], file[21]) = (40, 0xFE, 0xFF);
        IsWhole(file, warning: null);
    }

    [Theory]
    [InlineData(SndFileWriter.Aiff | SndFileWriter.Pcm16)]
    [InlineData(SndFileWriter.W64 | SndFileWriter.Pcm16)]
    [InlineData(SndFileWriter.Flac | SndFileWriter.Pcm16)]
    public void Another_format_under_the_name_of_wav(int format)
    {
        var path = _folder.PathOf("x.wav");
        Assert.True(SndFileWriter.Write(path, format, Rate, 1, Tone));
        IsWhole(File.ReadAllBytes(path), warning: null);
    }

    [Fact]
    public void Mp3_in_wav_is_whole_and_one_that_was_cut_off_says_so()
    {
        var path = _folder.PathOf("x.mp3");
        Assert.True(SndFileWriter.Write(path, SndFileWriter.Mp3, Rate, 1, Tone));
        var mp3 = File.ReadAllBytes(path);
        byte[] format = [0x55, 0, 1, 0, 0x80, 0x3E, 0, 0, 0xA0, 0x0F, 0, 0, 1, 0, 0, 0, 12, 0, 1, 0, 2, 0, 0, 0, 144, 0, 1, 0, 0x71, 5];
        byte[] size = [0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(size, mp3.Length);
        byte[] file = [.. "RIFF"u8, .. size, .. "WAVEfmt "u8, 30, 0, 0, 0, .. format, .. "data"u8, .. size, .. mp3];
        var clip = Read(file);
        Assert.Null(clip.Warning);
        Assert.Equal(0.5, SineListener.Amplitude(clip.Samples, 440, Rate), 0.05);
        Assert.Contains("cut off", Read(file.AsSpan(0, file.Length / 2).ToArray()).Warning, StringComparison.Ordinal);
    }

    // libsndfile 1.2.0 decodes the byte that fills an odd size up (findings/libsndfile-gsm-wav-ends-in-noise.sh).
    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Gsm_in_wav_ends_where_its_blocks_end(int blocks)
    {
        const int telephone = 8000;
        float[] tone = [.. SineListener.Make(440, telephone, 320 * blocks, 0.5)];
        var path = _folder.PathOf("x.wav");
        Assert.True(SndFileWriter.Write(path, SndFileWriter.GsmWav, telephone, 1, tone));
        using (var file = AudioFile.Open(path))
        {
            Assert.Equal(tone.Length, file.ExpectedSamples);
        }

        var clip = AudioFile.ReadAll(path);
        Assert.Equal(tone.Length, clip.Samples.Length);
        Assert.All(clip.Samples, sample => Assert.InRange(Math.Abs(sample), 0, 0.7f));
        Assert.Null(clip.Warning);
    }

    [Fact]
    public void A_constant_offset_is_no_reason_to_refuse_a_file()
    {
        var clip = Read(WavBytes.Pcm(Rate, 1, 16, [.. Tone.Select(sample => (0.5f * sample) + 0.4f)]));
        Assert.Null(clip.Warning);
        Assert.Equal(0.25, SineListener.Amplitude(clip.Samples, 440, Rate), 0.01);
    }

    [Fact]
    public void What_is_overdriven_is_said_and_a_loud_tone_is_not()
    {
        float[] cut = [.. Tone.Select(sample => Math.Clamp(4 * sample, -1, 1))];
        Assert.Contains("overdriven", Read(WavBytes.Pcm(Rate, 1, 16, cut)).Warning, StringComparison.Ordinal);
        Assert.Contains("overdriven", Read(WavBytes.Float(Rate, 2, [.. cut.SelectMany(s => new[] { s, s })])).Warning, StringComparison.Ordinal);
        Assert.Null(Read(WavBytes.Pcm(Rate, 1, 16, [.. Tone.Select(sample => 2 * sample)])).Warning);
    }

    [Fact]
    public void A_silent_file_is_said_to_be_so_once()
    {
        var warning = Read(WavBytes.Pcm(Rate, 2, 16, new float[Rate])).Warning;
        Assert.EndsWith("is silent: every sample is zero.", warning, StringComparison.Ordinal);
        Assert.Single(warning!.Split("silent")[1..]);
    }

    private AudioClip Read(byte[] file) => AudioFile.ReadAll(_folder.Write("x.wav", file));

    private void IsWhole(byte[] file, string? warning)
    {
        var clip = Read(file);
        Assert.Equal(Rate, clip.Samples.Length);
        Assert.Equal(0.5, SineListener.Amplitude(clip.Samples, 440, Rate), 0.01);
        Assert.False(clip.IsTruncated);
        if (warning is null)
        {
            Assert.Null(clip.Warning);
        }
        else
        {
            Assert.Contains(warning, clip.Warning, StringComparison.Ordinal);
        }
    }
}
