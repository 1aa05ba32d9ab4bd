using System.Runtime.InteropServices;

namespace SernetStream.Audio.Capture.Alsa;

/// <summary>
/// The interface of ALSA's library (asoundlib.h), as far as it is used: its error messages, and the abilities of
/// hardware.
/// </summary>
internal static unsafe partial class AlsaNative
{
    public const string Library = "libasound.so.2";

    public const int StreamCapture = 1;
    public const int ModeNonBlocking = 1;

    public const int NotPermitted = -1;
    public const int NoSuchFile = -2;
    public const int NoSuchDeviceOrAddress = -6;
    public const int AccessDenied = -13;
    public const int Busy = -16;
    public const int NoSuchDevice = -19;

    /// <summary>Sets the handler of errors, instead of standard error.</summary>
    /// <param name="handler">
    /// File, line, function, error (errno or negative errno or 0), printf format, and its arguments. The handler takes
    /// none of the variable arguments; the fixed ones are passed alike with and without them on the x64 and Arm ABIs
    /// of Linux.
    /// </param>
    [LibraryImport(Library, EntryPoint = "snd_lib_error_set_handler")]
    public static partial int SetErrorHandler(delegate* unmanaged[Cdecl]<byte*, int, byte*, int, byte*, void> handler);

    [LibraryImport(Library, EntryPoint = "snd_strerror")]
    public static partial byte* ErrorText(int error);

    /// <returns>A negative errno if it cannot be opened.</returns>
    [LibraryImport(Library, EntryPoint = "snd_pcm_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(nint* device, string name, int stream, int mode);

    [LibraryImport(Library, EntryPoint = "snd_pcm_close")]
    public static partial int Close(nint device);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_malloc")]
    public static partial int AllocateParameters(nint* parameters);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_free")]
    public static partial void FreeParameters(nint parameters);

    /// <summary>Fills in all that the device can do.</summary>
    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_any")]
    public static partial int AnyParameters(nint device, nint parameters);

    /// <returns>0 if the device supports the rate.</returns>
    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_test_rate")]
    public static partial int TestRate(nint device, nint parameters, uint rate, int direction);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_get_channels_min")]
    public static partial int MinChannels(nint parameters, uint* channels);

    [LibraryImport(Library, EntryPoint = "snd_pcm_hw_params_get_channels_max")]
    public static partial int MaxChannels(nint parameters, uint* channels);
}
