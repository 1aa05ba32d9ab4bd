using System.ComponentModel;
using System.Globalization;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary>What ffmpeg makes of a stream of the network.</summary>
internal static class FfmpegStream
{
    /// <summary>The program.</summary>
    public const string Program = "ffmpeg";

    private const string Protocols = "pipe,http,https,httpproxy,tcp,tls,crypto,rtp,srtp,udp,rtsp,rtsps";
    /// <summary>
    /// What https may bring while its certificate is checked. A list of other addresses (HLS, DASH) is not among it: ffmpeg
    /// fetches those without a check.
    /// </summary>
    private static readonly string[] Checked = ["-format_whitelist", "concat," + FfmpegReader.Formats];

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(2);

    /// <summary>Connects, and waits for the first samples.</summary>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static Task<Connection> OpenAsync(StreamAddress address, DeviceOptions options, CancellationToken cancellationToken)
    {
        var (name, network) = (address.Name, options.Network);
        if (address.Scheme == "rtsps" && network.Verify)
        {
            // It takes tls_verify and does not heed it: the password would go to whoever answers.
            throw new AudioDeviceException(
                AudioDeviceError.FormatRefused,
                $"{name} cannot be trusted: ffmpeg checks no certificate of rtsps. Turn capture.verify off to hear it encrypted, from whoever answers.");
        }

        // What a web server has in store is taken at its own pace; a camera has nothing in store. A little faster than that:
        // else what the server sends at once when somebody connects stays a delay for ever, to which a fast clock adds.
        string[] pace = address.IsRtsp ? [] : ["-readrate", "1.02"];
        string[] formats = address.Scheme == "https" && network.Verify ? Checked : [];
        var child = Start(["-protocol_whitelist", Protocols, .. formats, .. pace], List(address, network));
        var samples = new StreamSource(child.Output, name, CaptureFormat.PreferredRate, PlaybackSpeed.RealTime, options.Channel, network.StallLimit);
        return Connection.OpenAsync(name, samples, child, options.OpenLimit, WhyEndedAsync, cancellationToken);

        async Task<AudioDeviceException> WhyEndedAsync() => FfmpegFault.Of(name, await child.EndAsync(EndLimit).ConfigureAwait(false));
    }

    private static ChildProgram Start(string[] input, string list)
    {
        string[] arguments =
        [
            "-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning", "-threads", "1", .. input,
            "-safe", "0", "-f", "concat", "-i", "pipe:0",
            "-map", "0:a:0", "-c:a", "pcm_s16le", "-f", "wav", "-bitexact", "-flush_packets", "1", "pipe:1",
        ];
        try
        {
            return ChildProgram.Start(Program, arguments, list);
        }
        catch (Win32Exception error)
        {
            throw new AudioDeviceException(
                AudioDeviceError.ProgramMissing,
                $"ffmpeg, which decodes what comes over the network, cannot be started: {error.Message}. Install it: sudo apt install ffmpeg",
                error);
        }
    }

    /// <summary>ffmpeg's list of one entry, with the options of its connection.</summary>
    private static string List(StreamAddress address, NetworkOptions network)
    {
        var microseconds = (long)network.StallLimit.TotalMicroseconds;
        // Sound alone is asked of a camera: its pictures stay where they are.
        string[] options = address.IsRtsp
            ? ["rtsp_transport tcp", "allowed_media_types audio", $"timeout {microseconds}"]
            : [$"rw_timeout {microseconds}"];
        if (network.AuthorityFile is { } authority)
        {
            options = [.. options, $"ca_file {Quoted(Path.GetFullPath(authority))}"];
        }

        var quoted = Quoted(address.WithPassword(network.Password));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"ffconcat version 1.0\nfile {quoted}\n{string.Concat(options.Select(option => $"option {option}\n"))}option tls_verify {(network.Verify ? 1 : 0)}\n");
    }

    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
