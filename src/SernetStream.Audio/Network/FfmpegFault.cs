using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Network;

/// <summary>Says in a sentence why ffmpeg ended, by what it wrote. No sentence repeats an address or a password.</summary>
internal static class FfmpegFault
{
    private static readonly (string Said, AudioDeviceError Error, string Sentence)[] Known =
    [
        ("401 Unauthorized", AudioDeviceError.NoPermission, "refused the user name or the password. Give the user in the address, and the password in the file of capture.password_file."),
        ("403 Forbidden", AudioDeviceError.NoPermission, "does not let this user listen (403 Forbidden). Check the user and its password (capture.password_file)."),
        ("404 ", AudioDeviceError.NotFound, "is not there: the server has no such stream (404). Check the path of the address."),
        ("5XX Server Error", AudioDeviceError.NotFound, "cannot be heard now: its server has a fault of its own. Look at the server's log."),
        ("Format not on whitelist", AudioDeviceError.FormatRefused, "is a list of other addresses (HLS), whose certificates ffmpeg does not check. Turn capture.verify off to hear it from whoever answers, or name a stream that is no list."),
        ("Failed to resolve hostname", AudioDeviceError.NotFound, "cannot be reached: nobody knows the host's name. Check the address and the network."),
        ("Connection refused", AudioDeviceError.NotFound, "cannot be reached: nothing listens there (connection refused). Check the address, and that the server runs."),
        ("No route to host", AudioDeviceError.NotFound, "cannot be reached: there is no way to the host. Check the address and the network."),
        ("Network is unreachable", AudioDeviceError.NotFound, "cannot be reached: this machine has no way to that network. Check the address and the network."),
        ("timed out", AudioDeviceError.NotFound, "cannot be reached: the server did not answer in time. Check the address, and that the server runs."),
        ("certificate", AudioDeviceError.NotFound, "cannot be trusted: its certificate is not valid here. Name its authority in capture.ca_file, or turn capture.verify off."),
        ("Audio: none", AudioDeviceError.FormatRefused, "has sound in a format that this ffmpeg does not know. Choose another, such as AAC or MP3, at the server."),
        ("matches no streams", AudioDeviceError.FormatRefused, "has no sound in it. Turn the microphone on in the camera's settings, or name another stream."),
        // Only sound was asked for, so there was nothing to play.
        ("method PLAY failed", AudioDeviceError.FormatRefused, "has no sound in it. Turn the microphone on in the camera's settings, or name another stream."),
        ("Decoder (codec", AudioDeviceError.FormatRefused, "has sound in a format that this ffmpeg does not know. Choose another, such as AAC or MP3, at the server."),
        ("Decoder not found", AudioDeviceError.FormatRefused, "has sound in a format that this ffmpeg does not know. Choose another, such as AAC or MP3, at the server."),
        ("Invalid data found", AudioDeviceError.FormatRefused, "is not a stream of sound that ffmpeg knows. Open the address in a browser or player to see what it is."),
    ];

    /// <param name="name">The stream's name for people.</param>
    /// <param name="lines">What ffmpeg wrote.</param>
    public static AudioDeviceException Of(string name, IReadOnlyList<string> lines)
    {
        foreach (var (said, error, sentence) in Known)
        {
            if (lines.Any(line => line.Contains(said, StringComparison.OrdinalIgnoreCase)))
            {
                return new AudioDeviceException(error, $"{name} {sentence}");
            }
        }

        return new AudioDeviceException(AudioDeviceError.Gone, $"{name} ended: the server closed the connection.");
    }
}
