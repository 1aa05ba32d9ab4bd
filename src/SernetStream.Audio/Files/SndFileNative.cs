using System.Runtime.InteropServices;

namespace SernetStream.Audio.Files;

/// <summary>The interface of libsndfile 1 (sndfile.h), as far as it is used.</summary>
internal static unsafe partial class SndFileNative
{
    public const string Library = "libsndfile.so.1";

    public const int ModeRead = 0x10;

    public const int ErrorUnrecognised = 1;
    public const int ErrorSystem = 2;
    public const int ErrorMalformed = 3;
    public const int ErrorUnsupportedEncoding = 4;

    public const int CommandGetLog = 0x1001;

    public const int FormatSubtypeMask = 0x0FFFF;
    public const int FormatTypeMask = 0x0FFF0000;

    [LibraryImport(Library, EntryPoint = "sf_open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeSndFile Open(string path, int mode, Info* info);

    /// <summary>Opens what the callbacks read, instead of a file.</summary>
    [LibraryImport(Library, EntryPoint = "sf_open_virtual")]
    public static partial SafeSndFile OpenVirtual(VirtualFile* callbacks, int mode, Info* info, nint user);

    [LibraryImport(Library, EntryPoint = "sf_close")]
    public static partial int Close(nint file);

    /// <returns>Frames read; fewer than asked for at the end or at damage. Integers are scaled to −1..1.</returns>
    [LibraryImport(Library, EntryPoint = "sf_readf_float")]
    public static partial long ReadFrames(SafeSndFile file, float* frames, long count);

    /// <summary>The last error's number of a file, or of the last failed opening for no file.</summary>
    [LibraryImport(Library, EntryPoint = "sf_error")]
    public static partial int Error(nint file);

    [LibraryImport(Library, EntryPoint = "sf_error")]
    public static partial int Error(SafeSndFile file);

    [LibraryImport(Library, EntryPoint = "sf_strerror")]
    public static partial byte* ErrorText(nint file);

    [LibraryImport(Library, EntryPoint = "sf_strerror")]
    public static partial byte* ErrorText(SafeSndFile file);

    [LibraryImport(Library, EntryPoint = "sf_command")]
    public static partial int Command(SafeSndFile file, int command, byte* data, int size);

    /// <summary>SF_VIRTUAL_IO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct VirtualFile
    {
        public delegate* unmanaged[Cdecl]<nint, long> Length;
        public delegate* unmanaged[Cdecl]<long, int, nint, long> Seek;
        public delegate* unmanaged[Cdecl]<byte*, long, nint, long> Read;
        public delegate* unmanaged[Cdecl]<byte*, long, nint, long> Write;
        public delegate* unmanaged[Cdecl]<nint, long> Tell;
    }

    /// <summary>SF_INFO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Info
    {
        /// <summary>Frames the file should have; <see cref="long.MaxValue"/> if the format does not say.</summary>
        public long Frames;
        public int SampleRate;
        public int Channels;
        public int Format;
        public int Sections;
        public int Seekable;
    }
}

/// <summary>An open file of libsndfile.</summary>
internal sealed class SafeSndFile() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => SndFileNative.Close(handle) == 0;
}
