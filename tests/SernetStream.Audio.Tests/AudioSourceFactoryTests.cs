using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Audio.Tests.Capture;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests;

/// <summary>Which source <c>--device</c> opens.</summary>
[Collection(PortAudioCollection.Name)]
public sealed class AudioSourceFactoryTests
{
    [Theory]
    [InlineData(PlaybackSpeed.RealTime, true)]
    [InlineData(PlaybackSpeed.Max, false)]
    public void A_file_is_opened_at_the_wanted_speed(PlaybackSpeed speed, bool isLive)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("a:b.wav", WavBytes.Pcm(8_000, 1, 16, [0.5f]));
        using var source = AudioSourceFactory.Open($"file:{path}", speed);
        Assert.IsType<FileSource>(source);
        Assert.Equal(isLive, source.IsLive);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("file:")]
    public void Nothing_is_refused(string device) =>
        Assert.ThrowsAny<ArgumentException>(() => AudioSourceFactory.Open(device));

    [Fact]
    public void Anything_else_is_a_device()
    {
        var refusal = Assert.Throws<AudioDeviceException>(() => AudioSourceFactory.Open("hw:31"));
        Assert.Equal(AudioDeviceError.NotFound, refusal.Error);
    }
}
