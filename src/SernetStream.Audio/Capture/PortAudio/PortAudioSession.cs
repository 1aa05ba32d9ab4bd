using System.Runtime.InteropServices;
using SernetStream.Native;

namespace SernetStream.Audio.Capture.PortAudio;

/// <summary>
/// One use of PortAudio. It counts its uses itself: the first looks for devices, the last lets them go, so that a list
/// made when nothing was open is fresh. PortAudio is not thread-safe; every call goes through <see cref="Gate"/>,
/// except stopping a stream, which can take long and touches nothing shared.
/// </summary>
internal sealed unsafe class PortAudioSession : SafeHandle
{
    public static readonly Lock Gate = new();

    // Only Open makes a usable one; the marshaller's rules want it to be visible.
    internal PortAudioSession()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <exception cref="AudioDeviceException">PortAudio is not installed or cannot start.</exception>
    public static PortAudioSession Open()
    {
        if (!NativeLibraries.IsThere(PortAudioNative.Library))
        {
            throw new AudioDeviceException(
                AudioDeviceError.LibraryMissing,
                NativeLibraries.MissingMessage(PortAudioNative.Library, "capture sound", "libportaudio2"));
        }

        lock (Gate)
        {
            // No JACK server is started by this: PortAudio and ALSA's JACK plugin both ask JACK not to.
            NativeLogCapture.Silence();
            NativeLogCapture.Clear();
            var error = PortAudioNative.Initialize();
            if (error != PortAudioNative.NoError)
            {
                throw PortAudioFailure.Of(error, "PortAudio cannot start");
            }

            var session = new PortAudioSession();
            session.SetHandle(1);
            return session;
        }
    }

    /// <summary>The devices PortAudio found that can be captured from.</summary>
    public IReadOnlyList<AudioDevice> CaptureDevices()
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        lock (Gate)
        {
            var defaultDevice = PortAudioNative.GetDefaultInputDevice();
            var devices = new List<AudioDevice>();
            for (var index = 0; index < PortAudioNative.GetDeviceCount(); index++)
            {
                var info = PortAudioNative.GetDeviceInfo(index);
                if (info is not null && info->MaxInputChannels > 0)
                {
                    devices.Add(Describe(index, info, index == defaultDevice));
                }
            }

            return devices;
        }
    }

    /// <summary>The names of all devices, also of those that only play.</summary>
    public IReadOnlyList<string> AllNames()
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        lock (Gate)
        {
            var names = new List<string>();
            for (var index = 0; index < PortAudioNative.GetDeviceCount(); index++)
            {
                names.Add(Text(PortAudioNative.GetDeviceInfo(index)->Name));
            }

            return names;
        }
    }

    /// <summary>What PortAudio suggests for robust, not interactive, input: seconds.</summary>
    public double SuggestedLatency(int device)
    {
        lock (Gate)
        {
            return PortAudioNative.GetDeviceInfo(device)->DefaultHighInputLatency;
        }
    }

    protected override bool ReleaseHandle()
    {
        lock (Gate)
        {
            return PortAudioNative.Terminate() == PortAudioNative.NoError;
        }
    }

    private static AudioDevice Describe(int index, PortAudioNative.DeviceInfo* info, bool isDefault)
    {
        var hostApi = PortAudioNative.GetHostApiInfo(info->HostApi);
        return new AudioDevice(
            index,
            Text(info->Name),
            hostApi is null ? "" : Text(hostApi->Name),
            info->MaxInputChannels,
            (int)Math.Round(info->DefaultSampleRate),
            isDefault);
    }

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
