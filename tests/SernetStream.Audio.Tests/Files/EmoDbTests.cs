using System.Runtime.InteropServices;
using SernetStream.Audio.Files;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Files;

/// <summary>This library reads the corpus on which the default model was trained.</summary>
public sealed class EmoDbTests
{
    [NeedsFact("data:emodb", "sox")]
    public async Task Its_flac_files_give_the_very_samples_that_sox_decodes()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Dataset("emodb"), "audio"), "*.flac").Order().ToList();
        Assert.True(files.Count >= 500);
        using var folder = new TemporaryFolder();
        foreach (var file in files.Where((_, index) => index % 25 == 0))
        {
            var clip = AudioFile.ReadAll(file);
            Assert.Equal(16_000, clip.SampleRate);
            Assert.Null(clip.Warning);
            var raw = folder.PathOf("x.raw");
            var result = await ChildProcess.RunAsync(
                "sox", ["-D", file, "-t", "raw", "-e", "signed-integer", "-b", "16", raw]);
            Assert.True(result.ExitCode == 0, result.Errors);
            var expected = MemoryMarshal.Cast<byte, short>(await File.ReadAllBytesAsync(raw)).ToArray();
            Assert.Equal(expected.Select(sample => sample / 32_768f), clip.Samples);
        }
    }
}
