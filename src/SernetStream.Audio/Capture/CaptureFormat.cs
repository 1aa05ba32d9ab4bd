using SernetStream.Audio.Capture.Alsa;
using SernetStream.Dsp.Resampling;

namespace SernetStream.Audio.Capture;

/// <summary>A rate and a number of channels to open a device with.</summary>
/// <param name="SampleRate">Samples per second and channel.</param>
/// <param name="Channels">1 or more; mixed to one in the callback.</param>
internal readonly record struct CaptureFormat(int SampleRate, int Channels)
{
    /// <summary>The format of the models: no conversion at all.</summary>
    public const int PreferredRate = 16_000;

    private static readonly int[] CommonRates = [48_000, 44_100, 32_000, 8_000, 22_050, 96_000, 192_000];

    /// <summary>
    /// The rates to offer a device, the best first: the models', the device's own, then the common ones.
    /// </summary>
    public static IReadOnlyList<int> RatesFor(AudioDevice device) =>
    [
        .. new[] { PreferredRate, device.DefaultSampleRate }
            .Concat(CommonRates)
            .Distinct()
            .Where(SampleRates.IsSupported),
    ];

    /// <summary>
    /// The formats to offer a device, the best first: at each rate two channels, then one, then all it has. A sound
    /// server that is asked for one channel mixes them, and dead or inverted ones can no longer be detected. Known
    /// hardware is offered only what it can do: both channels of a card that has just two (one alone may be the silent
    /// one); of a microphone array that has more, the first, which is the one meant for speech.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="hardware">What is known of it.</param>
    /// <param name="channel">A channel that must be among them.</param>
    public static IReadOnlyList<CaptureFormat> Candidates(
        AudioDevice device, AlsaHardware? hardware, ChannelChoice channel = default)
    {
        var rates = hardware is { Rates.Count: > 0 } ? hardware.Rates : RatesFor(device);
        int[] channels = hardware switch
        {
            { MinChannels: 2 } => [2, 1],
            null => [2, 1, device.MaxInputChannels],
            _ => [1, 2, device.MaxInputChannels],
        };
        return
        [
            .. from rate in rates
               from count in channels.Distinct()
               where count <= device.MaxInputChannels && channel.IsIn(count)
               select new CaptureFormat(rate, count),
        ];
    }
}
