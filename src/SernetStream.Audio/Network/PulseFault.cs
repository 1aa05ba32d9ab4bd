using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Network;

/// <summary>Says in a sentence why a tool of the sound server ended, by what it wrote.</summary>
internal static class PulseFault
{
    private static readonly (string Said, AudioDeviceError Error, string Sentence)[] Known =
    [
        ("Connection refused", AudioDeviceError.NotFound, "cannot be reached: none runs for this user. Start it (systemctl --user start pipewire-pulse, or pulseaudio --start), or run sernetd as the user who is logged in."),
        ("Access denied", AudioDeviceError.NoPermission, "does not let this user in. Run sernetd as the user who is logged in, or give this user the server's cookie."),
        ("No such entity", AudioDeviceError.NotFound, "is not there. 'sernetd devices' lists the sources there are."),
        ("Entity killed", AudioDeviceError.Gone, "is gone: its device was unplugged or removed."),
        ("Connection terminated", AudioDeviceError.Gone, "is gone: the sound server ended."),
        ("Timeout", AudioDeviceError.NotAnswering, "did not answer in time."),
    ];

    /// <param name="name">What a person calls it.</param>
    /// <param name="lines">What the tool wrote.</param>
    public static AudioDeviceException Of(string name, IReadOnlyList<string> lines)
    {
        foreach (var (said, error, sentence) in Known)
        {
            if (lines.Any(line => line.Contains(said, StringComparison.OrdinalIgnoreCase)))
            {
                return new AudioDeviceException(error, $"{name} {sentence}");
            }
        }

        var last = lines.LastOrDefault(line => !string.IsNullOrWhiteSpace(line));
        return new AudioDeviceException(AudioDeviceError.Gone, $"{name} gives no more sound{(last is null ? "" : $" ({last.Trim().TrimEnd('.')})")}.");
    }

    /// <summary>The tools are not installed.</summary>
    public static AudioDeviceException Missing(string program, Exception error) => new(
        AudioDeviceError.ProgramMissing,
        $"{program}, which listens to a source of PulseAudio or PipeWire, cannot be started: {error.Message}. Install it: sudo apt install pulseaudio-utils",
        error);
}
