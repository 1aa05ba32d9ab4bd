using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;
using SernetStream.Audio.Files;
using SernetStream.Audio.Streams;
using SernetStream.Dsp.Resampling;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Streams;

/// <summary>Audio files through a pipe instead of raw samples.</summary>
public sealed class StreamHeaderTests : IDisposable
{
    private const int Rate = 16_000;
    private static readonly float[] Tone = [.. SineListener.Make(440, Rate, Rate, 0.5)];

    private readonly TemporaryFolder _folder = new();
    private readonly AnonymousPipeServerStream _pipe = new(PipeDirection.Out);

    public void Dispose()
    {
        _pipe.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0u)]
    [InlineData(0xFFFF_FFFFu)]
    [InlineData(0x7FFF_F000u)]
    public async Task A_wav_file_is_heard_as_its_samples_whatever_its_sizes_say(uint? size)
    {
        var file = WavBytes.Pcm(Rate, 1, 16, Tone);
        var samples = await PipeAsync(size is { } said ? WavBytes.WithSizes(file, said, said) : file);
        Assert.Equal(AudioFile.ReadAll(_folder.Write("x.wav", file)).Samples, samples);
    }

    [Fact]
    public void It_is_heard_as_it_comes_and_not_at_its_end()
    {
        using var source = Open();
        _pipe.Write(WavBytes.WithSizes(WavBytes.Pcm(Rate, 1, 16, Tone), 0xFFFF_FFFF, 0xFFFF_FFFF).AsSpan(0, 44 + 2000));
        var buffer = new float[1000];
        Assert.Equal(1000, source.Read(buffer, 1000, CancellationToken.None).Count);
        Assert.Equal(Tone[999], buffer[999], 1e-4);
    }

    [Fact]
    public async Task Its_header_may_come_byte_by_byte()
    {
        var file = WavBytes.Pcm(Rate, 1, 16, Tone.AsSpan(0, 100));
        using var source = Open();
        var buffer = new float[100];
        var reading = Task.Run(() => source.Read(buffer, 100, CancellationToken.None).Count);
        foreach (var one in file)
        {
            _pipe.WriteByte(one);
        }

        Assert.Equal(100, await reading);
        Assert.Equal(Tone[99], buffer[99], 1e-4);
    }

    [Fact]
    public async Task What_follows_the_samples_is_no_sound()
    {
        var samples = await PipeAsync([.. WavBytes.Pcm(Rate, 1, 16, Tone), .. "LIST"u8, 200, 0, 0, 0, .. new byte[200]]);
        Assert.Equal(Rate, samples.Count);
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(16, 2)]
    [InlineData(24, 3)]
    [InlineData(32, 1)]
    public async Task Every_width_and_number_of_channels_is_what_the_file_is(int bits, int channels)
    {
        var file = WavBytes.Pcm(Rate, channels, bits, [.. Tone.SelectMany(sample => Enumerable.Repeat(sample, channels))]);
        Assert.Equal(AudioFile.ReadAll(_folder.Write("x.wav", file)).Samples, await PipeAsync(file));
    }

    [Fact]
    public async Task Another_rate_is_converted()
    {
        var file = WavBytes.Pcm(48_000, 2, 16, [.. SineListener.Make(440, 48_000, 48_000, 0.5).SelectMany(s => new[] { s, -s })]);
        var samples = await PipeAsync(file);
        Assert.Equal(Rate, samples.Count);
        Assert.Equal(0.5, SineListener.Amplitude([.. samples], 440, Rate), 0.02);
    }

    /// <summary>What the resampler still holds at the end is sound too.</summary>
    [Theory]
    [InlineData(16_000)]
    [InlineData(44_100)]
    public async Task A_file_passes_one_resampler_and_is_heard_to_its_end(int rawRate)
    {
        var file = WavBytes.Pcm(48_000, 1, 16, [.. SineListener.Make(440, 48_000, 4_801, 0.5)]);
        var resampler = new StreamingResampler(48_000, Rate);
        var expected = new float[2_000];
        var count = resampler.Process(AudioFile.ReadAll(_folder.Write("x.wav", file)).Samples, expected, out _);
        count += resampler.Flush(expected.AsSpan(count));
        Assert.Equal(1_601, count);
        Assert.Equal(expected[..count], await PipeAsync(file, rawRate));
    }

    [Fact]
    public async Task Raw_samples_of_another_rate_are_heard_to_their_end()
    {
        var raw = WavBytes.Pcm(48_000, 1, 16, [.. SineListener.Make(440, 48_000, 48_000, 0.5)]).AsSpan(44).ToArray();
        Assert.Equal(Rate, (await PipeAsync(raw, 48_000)).Count);
    }

    [NeedsTheory("ffmpeg")]
    [InlineData("m4a", "-c:a aac")]
    [InlineData("aac", "-c:a aac")]
    [InlineData("mp3", "-c:a libmp3lame -id3v2_version 0 -write_xing 0")]
    [InlineData("mp3", "-c:a libmp3lame -ar 22050 -b:a 56k -id3v2_version 0 -write_xing 0")]
    [InlineData("mp2", "-c:a mp2")]
    [InlineData("wma", "-c:a wmav2")]
    [InlineData("mka", "-c:a libopus -ar 48000")]
    [InlineData("ts", "-c:a aac")]
    [InlineData("wv", "-c:a wavpack")]
    [InlineData("mp4", "-f lavfi -i testsrc=duration=2:size=64x48:rate=5 -c:v mpeg4 -c:a aac")]
    [InlineData("avi", "-f lavfi -i testsrc=duration=2:size=64x48:rate=5 -c:v mpeg4 -c:a pcm_s16le")]
    public async Task What_only_ffmpeg_reads_is_no_noise(string format, string arguments)
    {
        var path = _folder.PathOf("x." + format);
        var made = await ChildProcess.RunAsync("ffmpeg", [
            "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "aevalsrc=0.25*sin(2*PI*1000*t):s=44100:d=2", .. arguments.Split(' '), path]);
        Assert.Equal((0, ""), (made.ExitCode, made.Errors));
        using var redirected = new StreamSource(File.OpenHandle(path), "stdin");
        foreach (var samples in (List<float>[])[await PipeAsync(File.ReadAllBytes(path)), ReadAll(redirected)])
        {
            Assert.InRange(samples.Count, 1.9 * Rate, 2.2 * Rate);
            Assert.Equal(0.25, SineListener.Amplitude([.. samples[8_000..24_000]], 1000, Rate), 0.03);
        }
    }

    [Fact]
    public void Noise_is_never_taken_for_a_file()
    {
        var random = new Random(1);
        var bytes = new byte[16_384];
        var files = 0;
        for (var i = 0; i < 5_000; i++)
        {
            random.NextBytes(bytes);
            // The marks of frames, as raw samples may begin by chance.
            (bytes[0], bytes[1]) = (i % 3) switch
            {
                0 => ((byte)0xFF, (byte)(0xE0 | bytes[1])),
                1 => ((byte)0x47, bytes[1]),
                _ => (bytes[0], bytes[1]),
            };
            files += StreamHeader.Examine(bytes, false, out _, out _) == StreamStart.Raw ? 0 : 1;
        }

        Assert.InRange(files, 0, 1);
    }

    [NeedsTheory("sox")]
    [InlineData("a-law")]
    [InlineData("mu-law")]
    public async Task Telephony_is_decoded_as_libsndfile_does(string encoding)
    {
        var path = _folder.PathOf("x.wav");
        await ChildProcess.RunAsync("sox", ["-n", "-r", "16000", "-e", encoding, path, "synth", "1", "sine", "440", "vol", "0.5"]);
        Assert.Equal(AudioFile.ReadAll(path).Samples, await PipeAsync(File.ReadAllBytes(path)));
    }

    [Theory]
    [InlineData(SndFileWriter.Flac | SndFileWriter.Pcm16)]
    [InlineData(SndFileWriter.Vorbis)]
    [InlineData(SndFileWriter.Rf64 | SndFileWriter.Pcm16)]
    [InlineData(SndFileWriter.Aiff | SndFileWriter.Pcm16)]
    [InlineData(SndFileWriter.W64 | SndFileWriter.Pcm16)]
    [InlineData(SndFileWriter.AdpcmWav)]
    public async Task Other_files_are_decoded(int format)
    {
        var path = _folder.PathOf("x");
        Assert.True(SndFileWriter.Write(path, format, Rate, 1, Tone));
        Assert.Equal(AudioFile.ReadAll(path).Samples, await PipeAsync(File.ReadAllBytes(path)));
        using var redirected = new StreamSource(File.OpenHandle(path), "stdin");
        Assert.Equal(AudioFile.ReadAll(path).Samples, ReadAll(redirected));
    }

    [Fact]
    public async Task Raw_samples_stay_raw()
    {
        var raw = WavBytes.Pcm(Rate, 1, 16, Tone).AsSpan(44).ToArray();
        Assert.Equal(Rate, (await PipeAsync(raw)).Count);
        Assert.Equal(Rate, (await PipeAsync([.. "RI"u8, .. raw.AsSpan(2)])).Count);
    }

    [Fact]
    public async Task A_file_that_cannot_be_decoded_is_refused_with_a_sentence() => Assert.Equal(
        AudioFileError.Damaged,
        (await Assert.ThrowsAsync<AudioFileException>(() => PipeAsync([.. "fLaC"u8, .. new byte[40]]))).Error);

    private static List<float> ReadAll(StreamSource source)
    {
        var samples = new List<float>();
        var buffer = new float[777];
        for (int count; (count = source.Read(buffer, 777, CancellationToken.None).Count) > 0;)
        {
            samples.AddRange(buffer.AsSpan(0, count));
        }

        return samples;
    }

    private static async Task<List<float>> PipeAsync(byte[] bytes, int rawRate = Rate)
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        using var source = Open(pipe, PlaybackSpeed.Max, rawRate);
        var reading = Task.Run(() => ReadAll(source));
        try
        {
            await pipe.WriteAsync(bytes);
        }
        catch (IOException)
        {
            // The reader refused the file before its end.
        }

        pipe.Dispose();
        return await reading;
    }

    private StreamSource Open() => Open(_pipe, PlaybackSpeed.RealTime);

    private static StreamSource Open(AnonymousPipeServerStream pipe, PlaybackSpeed speed, int rawRate = Rate)
    {
        var handle = new SafeFileHandle(pipe.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: true);
        pipe.ClientSafePipeHandle.SetHandleAsInvalid();
        return new StreamSource(handle, "stdin", rawRate, speed);
    }
}
