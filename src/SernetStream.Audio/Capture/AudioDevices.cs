using SernetStream.Audio.Capture.PortAudio;
using SernetStream.Audio.Network;

namespace SernetStream.Audio.Capture;

/// <summary>The devices of this machine.</summary>
public static class AudioDevices
{
    private static readonly TimeSpan ServerLimit = TimeSpan.FromSeconds(5);

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

    /// <summary>Lists the capture devices, and the sources of the sound server with what its loudspeakers play.</summary>
    /// <param name="note">Hears of a sound system that could not be asked.</param>
    /// <exception cref="AudioDeviceException">There is none, and PortAudio is not installed.</exception>
    public static IReadOnlyList<ListedDevice> ListAll(Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(note);
        AudioDeviceException? missing = null;
        ListedDevice[] all =
        [
            .. Ask(List, device => new ListedDevice(
                device.Name, device.Index, device.Name, device.HostApi, device.MaxInputChannels, device.DefaultSampleRate, device.IsDefault, IsMonitor: false)),
            .. Ask(() => PulseSources.List(ServerLimit), source => new ListedDevice(
                source.Device, Index: null, source.Name, "PulseAudio", source.Channels, source.SampleRate, source.IsDefault, source.IsMonitor)),
        ];
        return all.Length == 0 && missing is not null ? throw missing : all;

        IEnumerable<ListedDevice> Ask<T>(Func<IReadOnlyList<T>> list, Func<T, ListedDevice> show)
        {
            try
            {
                return list().Select(show);
            }
            catch (AudioDeviceException problem)
            {
                missing ??= problem.Error == AudioDeviceError.LibraryMissing ? problem : null;
                // A machine need not have a sound server, nor its tools.
                if (problem.Error is not (AudioDeviceError.NotFound or AudioDeviceError.ProgramMissing))
                {
                    note(problem.Message);
                }

                return [];
            }
        }
    }
}
