using SernetStream.Audio.Capture;
using SernetStream.Audio.Capture.Alsa;

namespace SernetStream.Audio.Tests.Capture;

/// <summary>The formats that a device is offered, in their order.</summary>
public sealed class CaptureFormatTests
{
    private static readonly AudioDevice Card = new(0, "Card: Mic (hw:1,0)", "ALSA", 4, 44_100, false);

    [Fact]
    public void The_models_rate_comes_first_then_the_devices_own_then_the_common_ones()
    {
        Assert.Equal([16_000, 44_100, 48_000, 32_000, 8_000, 22_050, 96_000, 192_000], CaptureFormat.RatesFor(Card));
        Assert.DoesNotContain(4_000, CaptureFormat.RatesFor(Card with { DefaultSampleRate = 4_000 }));
    }

    [Fact]
    public void An_unknown_device_is_offered_two_channels_then_one_then_all()
    {
        var candidates = CaptureFormat.Candidates(Card, null);
        Assert.Equal(
            [new CaptureFormat(16_000, 2), new CaptureFormat(16_000, 1), new CaptureFormat(16_000, 4)],
            candidates.Take(3));
        Assert.Equal(3 * 8, candidates.Count);
        Assert.Equal(8, CaptureFormat.Candidates(Card with { MaxInputChannels = 1 }, null).Count);
    }

    [Fact]
    public void A_channel_that_is_asked_for_is_among_those_that_are_offered()
    {
        Assert.All(CaptureFormat.Candidates(Card, null, new ChannelChoice(2)), candidate => Assert.InRange(candidate.Channels, 2, 4));
        Assert.All(CaptureFormat.Candidates(Card, null, new ChannelChoice(3)), candidate => Assert.Equal(4, candidate.Channels));
    }

    [Fact]
    public void Known_hardware_is_offered_only_what_it_can()
    {
        var stereo = Card with { MaxInputChannels = 2 };
        Assert.Equal(
            [new CaptureFormat(48_000, 2), new CaptureFormat(48_000, 1)],
            CaptureFormat.Candidates(stereo, new AlsaHardware([48_000], 2, 2)));

        // The first channel of a microphone array is the one for speech.
        Assert.Equal(
            new CaptureFormat(16_000, 1), CaptureFormat.Candidates(Card, new AlsaHardware([16_000], 4, 4))[0]);

        // Hardware that reports none of our rates may still accept one.
        Assert.Equal(new CaptureFormat(16_000, 1), CaptureFormat.Candidates(Card, new AlsaHardware([], 1, 1))[0]);
    }

    [Theory]
    [InlineData("Card: Mic (hw:1,0)", "ALSA", "hw:1,0")]
    [InlineData("Card: Mic (plughw:12,3)", "ALSA", "hw:12,3")]
    [InlineData("pulse", "ALSA", null)]
    [InlineData("Card: Mic (hw:1,0) monitor", "ALSA", null)]
    [InlineData("Card: Mic (hw:1,0)", "OSS", null)]
    public void Only_alsas_hardware_is_asked(string name, string hostApi, string? expected)
    {
        Assert.Equal(expected, AlsaHardware.NameOf(Card with { Name = name, HostApi = hostApi }));
    }
}
