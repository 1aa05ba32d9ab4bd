using System.Runtime.InteropServices;

namespace SernetStream.Audio.Capture.PortAudio;

/// <summary>The interface of JACK's library (jack.h), as far as it is used: its complaints.</summary>
internal static unsafe partial class JackNative
{
    public const string Library = "libjack.so.0";

    [LibraryImport(Library, EntryPoint = "jack_set_error_function")]
    public static partial void SetErrorFunction(delegate* unmanaged[Cdecl]<byte*, void> function);

    [LibraryImport(Library, EntryPoint = "jack_set_info_function")]
    public static partial void SetInfoFunction(delegate* unmanaged[Cdecl]<byte*, void> function);
}
