using System.ComponentModel;
using System.Globalization;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary>
/// <c>pulse:NAME</c>: a source of PulseAudio or PipeWire by its name, a microphone or what a loudspeaker plays
/// (<c>NAME.monitor</c>), through the server's own tool <c>parec</c>.
/// </summary>
/// <remarks>
/// PortAudio has no list of these sources: through ALSA it sees one device, <c>pulse</c>, the default source. A child
/// rather than the server's library: it can be ended when the server hangs, and what kills it does not kill the daemon.
/// </remarks>
internal static class PulseStream
{
    private const string Program = "parec";
    private const string MovedTo = "Stream moved to device ";
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    /// <summary>The name of the source in what <c>--device</c> says; null if that is something else.</summary>
    public static string? NameIn(string device) =>
        device == AudioSourceFactory.Monitor ? PulseSources.DefaultMonitor
        : device.StartsWith(AudioSourceFactory.PulsePrefix, StringComparison.Ordinal) ? device[AudioSourceFactory.PulsePrefix.Length..].Trim() : null;

    /// <summary>Opens a source, and waits for its first samples.</summary>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static async Task<Connection> OpenAsync(string source, DeviceOptions options, CancellationToken cancellationToken)
    {
        var found = await PulseSources.FindAsync(source, options.OpenLimit, cancellationToken).ConfigureAwait(false);
        var name = found.Device;
        if (!options.Channel.IsIn(found.Channels))
        {
            throw new AudioDeviceException(AudioDeviceError.FormatRefused, options.Channel.MissingIn(name, found.Channels));
        }

        string? instead = null;
        ChildProgram? child = null;
        child = Start(found, IsKept);
        var format = new StreamFormat(CaptureFormat.PreferredRate, found.Channels, PcmEncoding.Signed16);
        var samples = new RawSource(new DescriptorInput(child.Output, name, options.Network.StallLimit), format, options.Channel);
        return await Connection.OpenAsync(name, samples, child, options.OpenLimit, WhyEndedAsync, cancellationToken).ConfigureAwait(false);

        // A source that goes away is replaced by another one, perhaps a microphone where a loudspeaker was listened to.
        bool IsKept(string line)
        {
            if (line.Contains(MovedTo, StringComparison.Ordinal))
            {
                instead = line[(line.IndexOf(MovedTo, StringComparison.Ordinal) + MovedTo.Length)..].Split(' ')[0];
                child?.Kill();
            }

            return !line.Contains("Time:", StringComparison.Ordinal);
        }

        async Task<AudioDeviceException> WhyEndedAsync() => instead is null || instead == found.Name
            ? PulseFault.Of(name, await child.EndAsync(EndLimit).ConfigureAwait(false))
            : new AudioDeviceException(AudioDeviceError.Gone, $"{name} is gone; the sound server offered {instead} instead, which was not asked for.");
    }

    private static ChildProgram Start(PulseSource source, Func<string, bool> isKept)
    {
        string[] arguments =
        [
            "--verbose", "--raw", "--format=s16le", string.Create(CultureInfo.InvariantCulture, $"--rate={CaptureFormat.PreferredRate}"),
            string.Create(CultureInfo.InvariantCulture, $"--channels={source.Channels}"), "--no-remix", "--latency-msec=30",
            "--client-name=sernetd", "--stream-name=sernetd", $"--device={source.Name}",
        ];
        try
        {
            return ChildProgram.Start(Program, arguments, isKept: isKept);
        }
        catch (Win32Exception error)
        {
            throw PulseFault.Missing(Program, error);
        }
    }
}
