using System.Runtime.InteropServices;
using SernetStream.Audio.Capture.Alsa;

namespace SernetStream.Audio.Capture.PortAudio;

/// <summary>Turns PortAudio's error codes, and ALSA's messages below them, into kinds and messages.</summary>
internal static unsafe class PortAudioFailure
{
    /// <summary>True if another rate, number of channels or buffer may be accepted.</summary>
    public static bool IsAboutFormat(int error) => error
        is PortAudioNative.InvalidChannelCount
        or PortAudioNative.InvalidSampleRate
        or PortAudioNative.SampleFormatNotSupported
        or PortAudioNative.BufferTooBig
        or PortAudioNative.BufferTooSmall;

    /// <param name="error">What a PortAudio call on this thread has just returned; negative.</param>
    /// <param name="what">What could not be done, as the beginning of a sentence.</param>
    public static AudioDeviceException Of(int error, string what)
    {
        var complaint = NativeLogCapture.Last;
        var code = complaint?.Error ?? 0;
        var reason = Marshal.PtrToStringUTF8((nint)PortAudioNative.GetErrorText(error)) ?? $"error {error}";
        if (error == PortAudioNative.UnanticipatedHostError)
        {
            var host = PortAudioNative.GetLastHostErrorInfo();
            var text = host is null ? null : Marshal.PtrToStringUTF8((nint)host->ErrorText);
            code = code == 0 && host is not null ? (int)host->ErrorCode.Value : code;
            reason = string.IsNullOrEmpty(text) ? reason : text;
        }

        var details = complaint is null ? reason : $"{reason.TrimEnd('.')}; {complaint.Value.Text}";
        var kind = Kind(error, code);
        return new AudioDeviceException(kind, $"{what}: {details.TrimEnd('.')}. {Advice(kind)}");
    }

    /// <param name="error">A negative errno that ALSA returned.</param>
    /// <param name="what">What could not be done, as the beginning of a sentence.</param>
    public static AudioDeviceException OfAlsa(int error, string what)
    {
        var kind = Kind(PortAudioNative.UnanticipatedHostError, error);
        return new AudioDeviceException(kind, $"{what}: {AlsaHardware.ErrorText(error)}. {Advice(kind)}");
    }

    private static AudioDeviceError Kind(int error, int code) => (error, code) switch
    {
        (_, AlsaNative.Busy) => AudioDeviceError.Busy,
        (_, AlsaNative.AccessDenied or AlsaNative.NotPermitted) => AudioDeviceError.NoPermission,
        (_, AlsaNative.NoSuchFile) => AudioDeviceError.NotFound,
        (_, AlsaNative.NoSuchDevice or AlsaNative.NoSuchDeviceOrAddress) => AudioDeviceError.NotFound,
        (PortAudioNative.DeviceUnavailable, _) => AudioDeviceError.Busy,
        (PortAudioNative.InvalidDevice, _) => AudioDeviceError.NotFound,
        _ => AudioDeviceError.Failed,
    };

    private static string Advice(AudioDeviceError kind) => kind switch
    {
        AudioDeviceError.Busy =>
            "Another program holds it: end that program, or capture through the sound server with the device pulse.",
        AudioDeviceError.NoPermission => SoundCardPermission.Advice,
        AudioDeviceError.NotFound => "Plug it in, or choose one of those that sernetd devices lists.",
        _ => "Check that it works with arecord, or choose another that sernetd devices lists.",
    };
}
