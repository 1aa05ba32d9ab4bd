using NAudio.Wave;
using SernetStream.Audio.Files;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Files;

/// <summary>
/// An independent check of the file reader: NAudio decodes RIFF and AIFF in C#, without libsndfile, and gives the same
/// samples to the bit.
/// </summary>
public sealed class NAudioTests : IDisposable
{
    private const int Rate = 16_000;
    private static readonly float[] Noise = MakeNoise(6 * 1_002);
    private static readonly byte[] Wav = WavBytes.Pcm(Rate, 1, 16, Noise);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsTheory("sox")]
    [InlineData("x.wav", "-b 8 -e unsigned-integer")]
    [InlineData("x.wav", "-b 16")]
    [InlineData("x.wav", "-b 24")]
    [InlineData("x.wav", "-b 32 -e signed-integer")]
    [InlineData("x.wav", "-b 32 -e floating-point")]
    [InlineData("x.wav", "-b 64 -e floating-point")]
    [InlineData("x.wav", "-t wavpcm -b 24")]
    [InlineData("x.wav", "-t wavpcm -b 32 -e signed-integer")]
    [InlineData("x.aiff", "-b 8")]
    [InlineData("x.aiff", "-b 16")]
    [InlineData("x.aiff", "-b 24")]
    public async Task Samples_of_every_width_are_the_same(string file, string encoding)
    {
        var raw = _folder.Write("x.f32", Bytes(Noise));
        foreach (var channels in new[] { 1, 2, 3 })
        {
            var path = _folder.PathOf($"{channels}{file}");
            string[] source = ["-V1", "-D", "-t", "f32", "-r", "44100", "-c", $"{channels}", raw];
            var result = await ChildProcess.RunAsync("sox", [.. source, .. encoding.Split(' '), path]);
            Assert.True(result.ExitCode == 0, result.Errors);
            AssertSame(path);
        }
    }

    [Theory]
    [InlineData("x.rf64", SndFileWriter.Rf64 | SndFileWriter.Pcm16)]
    [InlineData("x.rf64", SndFileWriter.Rf64 | SndFileWriter.Pcm24)]
    [InlineData("x.rf64", SndFileWriter.Rf64 | SndFileWriter.Float)]
    [InlineData("x.wav", SndFileWriter.WavEx | SndFileWriter.Pcm16)]
    [InlineData("x.wav", SndFileWriter.WavEx | SndFileWriter.Pcm24)]
    [InlineData("x.wav", SndFileWriter.WavEx | SndFileWriter.Float)]
    public void Files_of_libsndfile_are_the_same(string file, int format)
    {
        foreach (var channels in new[] { 1, 2, 6 })
        {
            var path = _folder.PathOf($"{channels}{file}");
            Assert.True(SndFileWriter.Write(path, format, Rate, channels, Noise.AsSpan(0, 6 * 1000)));
            AssertSame(path);
        }
    }

    [Theory]
    [InlineData("a chunk before the samples")]
    [InlineData("an odd chunk and its byte")]
    [InlineData("a chunk after the samples")]
    [InlineData("other sizes in the header")]
    public void Files_made_by_hand_are_the_same(string kind) => AssertSame(_folder.Write("x.wav", kind switch
    {
        "a chunk before the samples" => [.. Wav.AsSpan(0, 36), .. "LIST"u8, 8, 0, 0, 0, .. "INFOabcd"u8, .. Wav.AsSpan(36)],
        "an odd chunk and its byte" => [.. Wav.AsSpan(0, 36), .. "LIST"u8, 7, 0, 0, 0, .. "INFOabc"u8, 0, .. Wav.AsSpan(36)],
        "a chunk after the samples" => [.. Wav, .. "LIST"u8, 8, 0, 0, 0, .. "INFOabcd"u8],
        _ => WavBytes.WithSizes(Wav, uint.MaxValue, (uint)(Wav.Length - 44)),
    }));

    private static void AssertSame(string path)
    {
        var (samples, format) = NAudioSamples(path);
        for (var channel = 1; channel <= format.Channels; channel++)
        {
            using var file = AudioFile.Open(path, File.OpenRead(path), new ChannelChoice(channel));
            Assert.Equal((format.SampleRate, format.Channels), (file.SampleRate, file.Channels));
            var expected = samples.Where((_, i) => i % format.Channels == channel - 1).ToArray();
            var heard = new float[expected.Length + 1];
            var count = 0;
            for (int got; count < heard.Length && (got = file.Read(heard.AsSpan(count))) > 0; count += got)
            {
            }

            Assert.NotEqual(0, count);
            Assert.Equal(expected, heard[..count]);
        }
    }

    private static (float[] Samples, WaveFormat Format) NAudioSamples(string path)
    {
        using WaveStream stream = path.EndsWith(".aiff", StringComparison.Ordinal) ? new AiffFileReader(path) : new WaveFileReader(path);
        var provider = stream.ToSampleProvider();
        var all = new List<float>();
        var buffer = new float[6 * 1000];
        for (int got; (got = provider.Read(buffer)) > 0;)
        {
            all.AddRange(buffer.AsSpan(0, got));
        }

        return ([.. all], provider.WaveFormat);
    }

    private static float[] MakeNoise(int count)
    {
        var random = new Random(21);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 1.6) - 0.8))];
    }

    private static byte[] Bytes(float[] samples)
    {
        var bytes = new byte[samples.Length * sizeof(float)];
        Buffer.BlockCopy(samples, 0, bytes, 0, bytes.Length);
        return bytes;
    }
}
