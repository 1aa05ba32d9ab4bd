using SernetStream.Audio.Capture;
using SernetStream.Audio.Capture.Alsa;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Capture;

/// <summary>Which device a user's text selects.</summary>
public sealed class DeviceChooserTests
{
    private static readonly AudioDevice[] Devices =
    [
        new(1, "USB PnP Sound Device: Audio (hw:1,0)", "ALSA", 1, 44_100, false),
        new(2, "USB PnP Sound Device: Audio #2 (hw:1,1)", "ALSA", 2, 48_000, false),
        new(3, "seeed-4mic-voicecard: bcm2835 (hw:10,0)", "ALSA", 4, 16_000, false),
        new(4, "Webcam: Mic (Left) (plughw:2,0)", "ALSA", 1, 16_000, false),
        new(6, "pulse", "ALSA", 32, 44_100, false),
        new(7, "default", "ALSA", 32, 44_100, true),
        new(9, "pulse", "JACK", 2, 48_000, false),
    ];

    private readonly DeviceChooser _chooser = new(
        Devices, [.. Devices.Select(device => device.Name), "bcm2835 Headphones (hw:0,0)"])
    {
        CardNumber = name => name == "Device" ? 1 : null,
    };

    [Theory]
    [InlineData("1", 1)]
    [InlineData(" 7 ", 7)]
    [InlineData("pulse", 6)]
    [InlineData("default", 7)]
    [InlineData("USB PnP Sound Device: Audio (hw:1,0)", 1)]
    [InlineData("hw:1", 1)]
    [InlineData("hw:1,0", 1)]
    [InlineData("hw:1,1", 2)]
    [InlineData("plughw:1", 1)]
    [InlineData("plughw:1,1", 2)]
    [InlineData("hw:10", 3)]
    [InlineData("hw:2", 4)]
    [InlineData("plughw:2,0", 4)]
    [InlineData("hw:Device", 1)]
    [InlineData("hw:CARD=Device,DEV=1", 2)]
    [InlineData("plughw:CARD=1", 1)]
    [InlineData("webcam", 4)]
    [InlineData("4MIC", 3)]
    [InlineData("audio #2", 2)]
    [InlineData("puls", 6)]
    [InlineData("Default", 7)]
    public void It_is_found(string request, int index) => Assert.Equal(index, _chooser.Choose(request).Index);

    [Theory]
    [InlineData("0")]
    [InlineData("5")]
    [InlineData("99999999999999999999")]
    [InlineData("hw:0")]
    [InlineData("hw:3")]
    [InlineData("hw:1,2")]
    [InlineData("hw:Nobody")]
    [InlineData("microphone")]
    public void What_is_not_there_gets_the_list_of_what_is(string request)
    {
        var refusal = Assert.Throws<AudioDeviceException>(() => _chooser.Choose(request));
        Assert.Equal(AudioDeviceError.NotFound, refusal.Error);
        Assert.True(refusal.IsWorthRetrying);
        Assert.Contains($"\"{request}\"", refusal.Message, StringComparison.Ordinal);
        Assert.All(
            Devices,
            device => Assert.Contains($"{device.Index} {device.Name}", refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_part_of_several_names_gets_the_candidates()
    {
        var refusal = Assert.Throws<AudioDeviceException>(() => _chooser.Choose("usb"));
        Assert.Equal(AudioDeviceError.Ambiguous, refusal.Error);
        Assert.False(refusal.IsWorthRetrying);
        Assert.Contains("1 USB PnP Sound Device: Audio (hw:1,0); 2 USB", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Webcam", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_only_plays_says_so()
    {
        var refusal = Assert.Throws<AudioDeviceException>(() => _chooser.Choose("bcm2835 Headphones (hw:0,0)"));
        Assert.Equal(AudioDeviceError.NoInputs, refusal.Error);
        Assert.Contains("only plays", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Default_is_the_default_device_where_none_has_that_name()
    {
        var chooser = new DeviceChooser([Devices[0], Devices[3] with { IsDefault = true }], []);
        Assert.Equal(4, chooser.Choose("default").Index);
    }

    [Fact]
    public void Without_any_device_the_sentence_says_what_to_do()
    {
        var none = new DeviceChooser([], []);
        Assert.Contains(
            "plug in a microphone",
            Assert.Throws<AudioDeviceException>(() => none.Choose("default")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "libasound2-plugins",
            Assert.Throws<AudioDeviceException>(() => none.Choose("pulse")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_of_a_file_gets_a_hint()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("speech.wav", "");
        var refusal = Assert.Throws<AudioDeviceException>(() => _chooser.Choose(path));
        Assert.Contains($"write file:{path}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_is_found_by_the_kernels_link()
    {
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.PathOf("Device"), "card3");
        File.CreateSymbolicLink(folder.PathOf("seq"), "elsewhere");
        Assert.Equal(3, AlsaCards.NumberOf("Device", folder.FullPath));
        Assert.Null(AlsaCards.NumberOf("seq", folder.FullPath));
        Assert.Null(AlsaCards.NumberOf("Nobody", folder.FullPath));
        Assert.Null(AlsaCards.NumberOf("../Device", folder.PathOf("inner")));
    }

    [Theory]
    // In another socket: a new number. Both present: the one with the old number. Gone: whatever the request selects now.
    [InlineData("hw:1", "Mic (hw:1,0)", new[] { "Card (hw:1,0)", "Mic (hw:2,0)" }, "Mic (hw:2,0)")]
    [InlineData("hw:1", "Mic (hw:1,0)", new[] { "Mic (hw:0,0)", "Mic (hw:1,0)" }, "Mic (hw:1,0)")]
    [InlineData("hw:1", "Mic (hw:1,0)", new[] { "Card (hw:1,0)" }, "Card (hw:1,0)")]
    // Several devices of one name on a card, as with snd-aloop: the one with the right number, or none.
    [InlineData("hw:Loopback,1", "Loopback: PCM (hw:0,1)", new[] { "Loopback: PCM (hw:3,0)", "Loopback: PCM (hw:3,1)" }, "Loopback: PCM (hw:3,1)")]
    [InlineData("hw:1,1", "Loopback: PCM (hw:1,1)", new[] { "Loopback: PCM (hw:3,0)" }, null)]
    [InlineData("pulse", "pulse", new[] { "Mic (hw:1,0)", "pulse" }, "pulse")]
    [InlineData("1", "Mic (hw:1,0)", new[] { "Card (hw:0,0)", "Other (hw:1,0)" }, null)]
    [InlineData("hw:1", "Mic (hw:1,0)", new[] { "Card (hw:0,0)" }, null)]
    public void A_device_that_was_lost_is_found_again(string request, string before, string[] now, string? expected)
    {
        AudioDevice[] devices = [.. now.Select((name, index) => new AudioDevice(index, name, "ALSA", 1, 48_000, false))];
        var chooser = new DeviceChooser(devices, now);
        var lost = new AudioDevice(0, before, "ALSA", 1, 48_000, false);
        if (expected is null)
        {
            Assert.Equal(AudioDeviceError.NotFound, Assert.Throws<AudioDeviceException>(() => chooser.ChooseAgain(request, lost)).Error);
        }
        else
        {
            Assert.Equal(expected, chooser.ChooseAgain(request, lost).Name);
        }
    }
}
