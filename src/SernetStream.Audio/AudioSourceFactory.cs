using SernetStream.Audio.Capture;
using SernetStream.Audio.Capture.PortAudio;
using SernetStream.Audio.Files;
using SernetStream.Audio.Network;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio;

/// <summary>Opens what <c>--device</c> names.</summary>
public static class AudioSourceFactory
{
    /// <summary>Before the path of a file.</summary>
    public const string FilePrefix = "file:";

    /// <summary>Before the name of a source of PulseAudio or PipeWire.</summary>
    public const string PulsePrefix = "pulse:";

    /// <summary>What the default loudspeaker of PulseAudio or PipeWire plays.</summary>
    public const string Monitor = "monitor";

    /// <summary>Raw samples or an audio file from standard input.</summary>
    public const string StandardInput = "stdin";

    /// <summary>Whether a device is one of PortAudio's.</summary>
    public static bool IsSoundCard(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device != StandardInput && !device.StartsWith(FilePrefix, StringComparison.Ordinal)
            && !StreamAddress.IsOne(device) && PulseStream.NameIn(device) is null;
    }

    /// <summary>What logs and messages call a device: of an address, neither the user nor what follows a <c>?</c>.</summary>
    public static string NameOf(string device) =>
        StreamAddress.IsOne(device) && StreamAddress.ProblemOf(device) is null ? StreamAddress.Parse(device).Name : device;

    /// <summary>The program that a device is heard through, and the Debian package that brings it; null for none.</summary>
    public static (string Program, string Package)? ProgramOf(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return StreamAddress.IsForFfmpeg(device) ? ("ffmpeg", "ffmpeg")
            : PulseStream.NameIn(device) is not null ? ("parec", "pulseaudio-utils")
            : null;
    }

    /// <summary>Opens a source, ready to be read.</summary>
    /// <param name="device">
    /// <c>file:PATH</c>, a stream's address (<see cref="StreamAddress"/>), <c>pulse:NAME</c> (<see cref="PulseStream"/>),
    /// <c>stdin</c> (raw signed 16-bit little-endian mono, or an audio file), or a capture device as
    /// <see cref="PortAudioSource.Open"/> takes it: <c>default</c>, <c>pulse</c>, <c>hw:1</c>, a number, a name or a
    /// part of one.
    /// </param>
    /// <param name="speed">How fast a file is delivered, and whether the writer of standard input waits.</param>
    /// <param name="standardInputRate">Samples per second of standard input, 8 000 to 192 000.</param>
    /// <param name="options">How a capture device is supervised, and which channel of any source is heard.</param>
    /// <param name="report">Hears how a capture device fares.</param>
    /// <param name="cancellationToken">Ends the wait for a sound system that does not answer.</param>
    /// <exception cref="AudioDeviceException">The device or standard input cannot be opened.</exception>
    /// <exception cref="AudioFileException">The file gives no samples.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ArgumentException">The device is empty, names no file, or the rate is out of range.</exception>
    public static IAudioSource Open(
        string device,
        PlaybackSpeed speed = PlaybackSpeed.RealTime,
        int standardInputRate = StreamSource.DefaultSampleRate,
        DeviceOptions? options = null,
        Action<DeviceStatus>? report = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(device);
        options ??= new DeviceOptions();
        if (device.StartsWith(FilePrefix, StringComparison.Ordinal))
        {
            var path = device[FilePrefix.Length..];
            return path.Length > 0
                ? FileSource.Open(path, speed, options.Channel)
                : throw new ArgumentException("device is file: without a path; write file:PATH.", nameof(device));
        }

        if (StreamAddress.IsOne(device))
        {
            var address = StreamAddress.Parse(device);
            var senders = address.Scheme is "tcp-listen" or "wyoming-listen" ? new TcpListenStream(address, options) : null;
            return Connection.Supervise(
                address.Name,
                Around(address, options),
                senders is null ? stop => ConnectAsync(address, options, stop) : senders.OpenAsync,
                report,
                cancellationToken,
                senders);
        }

        if (PulseStream.NameIn(device) is { } source)
        {
            ArgumentException.ThrowIfNullOrEmpty(source, nameof(device));
            return Connection.Supervise(device, options, stop => PulseStream.OpenAsync(source, options, stop), report, cancellationToken);
        }

        return device == StandardInput
            ? StreamSource.StandardInput(standardInputRate, speed, options.Channel)
            : DeviceSource.Open(device, options, report, cancellationToken);
    }

    private static Task<Connection> ConnectAsync(StreamAddress address, DeviceOptions options, CancellationToken cancellationToken) => address.Scheme switch
    {
        "tcp" => TcpStream.OpenAsync(address, options, cancellationToken),
        "udp" or "rtp" => DatagramStream.OpenAsync(address, options, cancellationToken),
        "wyoming" => WyomingSource.OpenAsync(address, options, cancellationToken),
        _ => FfmpegStream.OpenAsync(address, options, cancellationToken),
    };

    /// <summary>What is only listened for needs no rest between two attempts, in which its sound would be lost.</summary>
    private static DeviceOptions Around(StreamAddress address, DeviceOptions options) =>
        address.Scheme is "tcp-listen" or "wyoming-listen" or "udp" or "rtp" ? options with { LongestRetry = options.FirstRetry } : options;
}
