using System.Runtime.Versioning;
using SernetStream.Audio.Files;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Files;

/// <summary>Files that give no samples: each error has its kind and a sentence that names the file.</summary>
public sealed class AudioFileFailureTests : IDisposable
{
    private const UnixFileMode Everything = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_missing_file_is_missing()
    {
        AssertRefused(AudioFileError.Missing, _folder.PathOf("nowhere.wav"), "There is no file");
        AssertRefused(AudioFileError.Missing, _folder.PathOf("no/folder/x.wav"), "There is no file");

        // libsndfile takes this name for standard input.
        AssertRefused(AudioFileError.Missing, "-", "There is no file");
    }

    [Fact]
    public void A_folder_is_no_file() => AssertRefused(AudioFileError.IsFolder, _folder.FullPath, "is a folder");

    [Fact]
    public void An_empty_file_is_empty() =>
        AssertRefused(AudioFileError.Empty, _folder.Write("x.wav", []), "is empty");

    [Fact]
    public void A_text_is_not_audio()
    {
        var text = "This is a text, whatever its name says. It goes on for a while, and holds no sound.";
        AssertRefused(AudioFileError.NotAudio, _folder.Write("x.wav", text), "not an audio file");
        AssertRefused(AudioFileError.NotAudio, _folder.Write("y.txt", text), "not an audio file");
        AssertRefused(AudioFileError.NotAudio, _folder.Write("z", "?"), "not an audio file");
    }

    [Fact]
    public void Random_bytes_are_refused_whatever_they_look_like()
    {
        var random = new Random(7);
        for (var i = 0; i < 100; i++)
        {
            var bytes = new byte[random.Next(1, 3000)];
            random.NextBytes(bytes);
            if (i % 2 == 0)
            {
                byte[][] magics = [.. new[] { "RIFF\x10\0\0\0WAVE", "fLaC", "OggS", "FORM", "ID3", "caff" }
                    .Select(System.Text.Encoding.Latin1.GetBytes)];
                var magic = magics[i / 2 % magics.Length];
                magic.AsSpan(0, Math.Min(magic.Length, bytes.Length)).CopyTo(bytes);
            }

            Assert.Throws<AudioFileException>(() => AudioFile.ReadAll(_folder.Write($"{i}", bytes)));
        }
    }

    [Fact]
    public void A_header_without_samples_is_refused()
    {
        var whole = WavBytes.Pcm(16_000, 1, 16, new float[48_000]);
        AssertRefused(AudioFileError.NoSamples, _folder.Write("cut.wav", whole.AsSpan(0, 44)), "promises 3.00 s");
        AssertRefused(
            AudioFileError.NoSamples, _folder.Write("none.wav", WavBytes.Pcm(16_000, 1, 16, [])), "holds no samples");
    }

    [Fact]
    public void A_header_that_is_cut_is_refused()
    {
        var whole = WavBytes.Pcm(16_000, 1, 16, new float[48_000]);
        for (var length = 1; length < 44; length++)
        {
            var cut = _folder.Write($"{length}.wav", whole.AsSpan(0, length));
            var refusal = Assert.Throws<AudioFileException>(() => AudioFile.Open(cut));
            Assert.Contains(cut, refusal.Message, StringComparison.Ordinal);
            Assert.Contains(
                refusal.Error, new[] { AudioFileError.NotAudio, AudioFileError.Damaged, AudioFileError.NoSamples });
        }
    }

    [Theory]
    [InlineData(4_000)]
    [InlineData(384_000)]
    public void A_rate_nobody_can_use_is_refused(int rate)
    {
        var path = _folder.Write("x.wav", WavBytes.Pcm(rate, 1, 16, [0.5f]));
        AssertRefused(AudioFileError.UnsupportedRate, path, $"{rate} samples per second");
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void A_file_that_may_not_be_read_says_so()
    {
        var path = _folder.Write("x.wav", WavBytes.Pcm(16_000, 1, 16, [0.5f]));
        File.SetUnixFileMode(path, UnixFileMode.None);
        File.SetUnixFileMode(_folder.FullPath, Everything);
        OrdinaryUser.Run(() => AssertRefused(AudioFileError.NoPermission, path, "may not be read"));
    }

    [Fact]
    public async Task A_pipe_is_no_file()
    {
        var pipe = _folder.PathOf("pipe");
        Assert.Equal(0, (await ChildProcess.RunAsync("mkfifo", [pipe])).ExitCode);
        await using var writer = ChildProcess.Start("sh", ["-c", $"exec sleep 60 > {pipe}"]);
        AssertRefused(AudioFileError.NotAudio, pipe, "is a pipe");
    }

    [Fact]
    public void Names_that_are_not_ascii_are_found()
    {
        var path = _folder.Write("Über größe 音.wav", WavBytes.Pcm(16_000, 1, 16, [0.5f, 0.25f]));
        Assert.Equal([0.5f, 0.25f], AudioFile.ReadAll(path).Samples);
    }

    public void Dispose() => _folder.Dispose();

    private static void AssertRefused(AudioFileError error, string path, string words)
    {
        var refusal = Assert.Throws<AudioFileException>(() => AudioFile.Open(path));
        Assert.Equal(error, refusal.Error);
        Assert.Equal(path, refusal.Path);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(refusal.Message, Assert.Throws<AudioFileException>(() => AudioFile.ReadAll(path)).Message);
        Assert.Equal(
            error, Assert.Throws<AudioFileException>(() => AudioSourceFactory.Open($"file:{path}")).Error);
    }
}
