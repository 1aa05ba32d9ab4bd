using SernetStream.Audio.Files;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Files;

/// <summary>Files that libsndfile does not know, through a real ffmpeg.</summary>
public sealed class FfmpegFileTests : IDisposable
{
    private const int Rate = 44_100;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NeedsTheory("ffmpeg")]
    [InlineData("x.m4a", Rate, "-c:a aac")]
    [InlineData("x.aac", Rate, "-c:a aac")]
    [InlineData("x.wma", Rate, "-c:a wmav2")]
    [InlineData("x.ac3", Rate, "-c:a ac3")]
    [InlineData("video.mp4", Rate, "-f lavfi -i testsrc=duration=2:size=64x48:rate=5 -c:v mpeg4 -c:a aac")]
    [InlineData("video.mkv", 48_000, "-f lavfi -i testsrc=duration=2:size=64x48:rate=5 -c:v mpeg4 -ar 48000 -c:a libopus")]
    [InlineData("video.mov", Rate, "-f lavfi -i testsrc=duration=2:size=64x48:rate=5 -c:v mpeg4 -c:a pcm_s16le")]
    [InlineData("named like a recording.wav", Rate, "-c:a aac -f mp4")]
    public async Task The_tone_in_it_is_read(string name, int rate, string arguments)
    {
        var clip = AudioFile.ReadAll(await MakeAsync(name, arguments));
        Assert.Equal(rate, clip.SampleRate);
        Assert.InRange(clip.Duration.TotalSeconds, 1.9, 2.2);
        Assert.Null(clip.Warning);
        Assert.Equal(0.25, SineListener.Amplitude(clip.Samples.AsSpan(rate / 2, rate).ToArray(), 1000, rate), 0.02);
    }

    [NeedsTheory("ffmpeg")]
    [InlineData("mka", "-c:a aac")]
    [InlineData("m4a", "-c:a aac -movflags faststart")]
    [InlineData("wma", "-c:a wmav2")]
    public async Task One_that_is_cut_off_gives_what_is_there_and_says_so(string ending, string arguments)
    {
        var whole = await File.ReadAllBytesAsync(await MakeAsync($"x.{ending}", arguments));
        var clip = AudioFile.ReadAll(_folder.Write($"cut.{ending}", whole.AsSpan(0, whole.Length / 2)));
        Assert.InRange(clip.Duration.TotalSeconds, 0.5, 1.5);
        Assert.Contains("is cut off or damaged", clip.Warning!, StringComparison.Ordinal);
    }

    [NeedsFact("ffmpeg")]
    public void What_a_telephone_has_recorded_is_read()
    {
        // A second of AMR at 12.2 kbit/s; Debian's ffmpeg reads it, and does not write it.
        byte[] frame = [0x3C, .. new byte[31]];
        var clip = AudioFile.ReadAll(_folder.Write("x.amr", [.. "#!AMR\n"u8, .. Enumerable.Repeat(frame, 50).SelectMany(bytes => bytes)]));
        Assert.Equal((8_000, 8_000), (clip.SampleRate, clip.Samples.Length));
    }

    [NeedsFact("ffmpeg")]
    public async Task A_video_without_sound_is_refused()
    {
        var path = _folder.PathOf("silent.mp4");
        await ChildProcess.RunAsync("ffmpeg", ["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x48", "-c:v", "mpeg4", path]);
        var refusal = Assert.Throws<AudioFileException>(() => AudioFile.Open(path));
        Assert.Equal(AudioFileError.NoSamples, refusal.Error);
        Assert.Equal($"{path} has no sound in it. Name a file that has.", refusal.Message);
    }

    [NeedsFact("ffmpeg")]
    public void A_playlist_opens_no_other_file()
    {
        var secret = _folder.Write("secret.wav", WavBytes.Pcm(16_000, 1, 16, new float[16_000]));
        string[] lists = [$"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n", $"ffconcat version 1.0\nfile '{secret}'\n"];
        foreach (var list in lists)
        {
            Assert.Equal(AudioFileError.NotAudio, Assert.Throws<AudioFileException>(() => AudioFile.Open(_folder.Write("x.m3u8", list))).Error);
        }
    }

    private async Task<string> MakeAsync(string name, string arguments)
    {
        var path = _folder.PathOf(name);
        var made = await ChildProcess.RunAsync("ffmpeg", [
            "-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "aevalsrc=0.25*sin(2*PI*1000*t):d=2:s=44100",
            .. arguments.Split(' '), path,
        ]);
        Assert.True(made.ExitCode == 0, made.Errors);
        return path;
    }
}
