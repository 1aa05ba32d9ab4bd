using System.Diagnostics;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Capture.Alsa;
using SernetStream.Audio.Capture.PortAudio;
using SernetStream.Native;

namespace SernetStream.Audio.Tests.Capture;

/// <summary>The answers of the native libraries, and the message when one is missing.</summary>
[Collection(PortAudioCollection.Name)]
public sealed class NativeLibraryTests
{
    [Fact]
    public void A_missing_library_is_known_before_it_is_called()
    {
        Assert.False(NativeLibraries.IsThere("libnobody-has-this.so.9"));
        Assert.True(NativeLibraries.IsThere("libc.so.6"));
        var message = NativeLibraries.MissingMessage("libportaudio.so.2", "capture sound", "libportaudio2");
        Assert.Contains("sudo apt install libportaudio2", message, StringComparison.Ordinal);
        Assert.StartsWith("libportaudio.so.2 is needed to capture sound", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Alsa_answers_what_a_device_can()
    {
        // Every ALSA configuration has "null", which accepts every format.
        NativeLogCapture.Silence();
        var hardware = AlsaHardware.Ask("null", [8_000, 16_000, 192_000], out var error);
        Assert.Equal(0, error);
        Assert.NotNull(hardware);
        Assert.Equal([8_000, 16_000, 192_000], hardware.Rates);
        Assert.Equal(1, hardware.MinChannels);
        Assert.True(hardware.MaxChannels >= 2);
    }

    [Fact]
    public void A_card_that_is_not_there_is_not_found()
    {
        NativeLogCapture.Silence();
        Assert.Null(AlsaHardware.Ask("hw:31,0", [16_000], out var error));
        var failure = PortAudioFailure.OfAlsa(error, "The device cannot be opened");
        Assert.Equal(AudioDeviceError.NotFound, failure.Error);
        Assert.Contains(AlsaHardware.ErrorText(error), failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Alsas_words_are_kept()
    {
        NativeLogCapture.Silence();
        NativeLogCapture.Clear();
        Assert.Null(AlsaHardware.Ask("nobody-has-this", [16_000], out _));
        Assert.Equal("Unknown PCM", NativeLogCapture.Last?.Text);
        NativeLogCapture.Clear();
        Assert.Null(NativeLogCapture.Last);
    }

    [Theory]
    [InlineData(-16, AudioDeviceError.Busy, true)]
    [InlineData(-13, AudioDeviceError.NoPermission, false)]
    [InlineData(-19, AudioDeviceError.NotFound, true)]
    [InlineData(-5, AudioDeviceError.Failed, true)]
    public void Alsas_errors_have_their_kinds(int error, AudioDeviceError kind, bool isWorthRetrying)
    {
        var failure = PortAudioFailure.OfAlsa(error, "The device \"x\" cannot be opened");
        Assert.Equal(kind, failure.Error);
        Assert.Equal(isWorthRetrying, failure.IsWorthRetrying);
        Assert.EndsWith(".", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wake_up_ends_the_wait_that_is_on_or_the_next()
    {
        using var wake = new WakeEvent();
        wake.Signal();
        wake.Signal();
        Assert.Equal(WakeReason.Signalled, wake.Wait(Timeout.InfiniteTimeSpan, null, CancellationToken.None));
        Assert.Equal(WakeReason.TimedOut, wake.Wait(TimeSpan.Zero, null, CancellationToken.None));
        var waiting = Task.Run(() => wake.Wait(Timeout.InfiniteTimeSpan, null, CancellationToken.None));
        wake.Signal();
        Assert.Equal(WakeReason.Signalled, await waiting.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public void A_wait_does_not_end_before_its_time()
    {
        using var wake = new WakeEvent();
        var start = Stopwatch.GetTimestamp();
        Assert.Equal(WakeReason.TimedOut, wake.Wait(TimeSpan.FromMilliseconds(20.5), null, CancellationToken.None));
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(20.5));
    }

    [Fact]
    public void Looking_for_devices_says_nothing_on_standard_error()
    {
        using var errors = new StandardErrorCapture();
        _ = AudioDevices.List();
        Assert.Throws<AudioDeviceException>(() => PortAudioSource.Open("nothing of that name"));
        Assert.Equal("", errors.Stop());
    }
}
