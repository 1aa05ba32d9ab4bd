using System.Runtime.InteropServices;

namespace SernetStream.Audio.Posix;

/// <summary>
/// The calls of the C library that .NET does not offer: waiting for a descriptor, and waking who waits.
/// </summary>
internal static unsafe partial class LibC
{
    public const int EventNonBlocking = 0x800;
    public const int EventCloseOnExec = 0x80000;
    public const short PollIn = 0x001;
    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int SeekCurrent = 1;

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    /// <summary>
    /// Waits until a descriptor is ready, at most some milliseconds, for ever with -1. 0 when the time is over, -1 with
    /// errno.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeHandle descriptor, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeHandle descriptor, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeHandle descriptor, long offset, int origin);

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }
}
