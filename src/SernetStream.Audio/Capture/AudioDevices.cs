using SernetStream.Audio.Capture.PortAudio;

namespace SernetStream.Audio.Capture;

/// <summary>The devices of this machine.</summary>
public static class AudioDevices
{
    /// <summary>
    /// Lists the capture devices there are now. While a <see cref="PortAudioSource"/> is open anywhere in this process
    /// the list is the one of its opening: PortAudio looks for devices only when nobody uses it.
    /// </summary>
    /// <exception cref="AudioDeviceException">PortAudio is not installed or cannot start.</exception>
    public static IReadOnlyList<AudioDevice> List()
    {
        using var session = PortAudioSession.Open();
        return session.CaptureDevices();
    }
}
