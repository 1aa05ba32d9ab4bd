using System.Runtime.InteropServices;

namespace SernetStream.Native;

internal static partial class LibcNative
{
    public const int CurrentFolder = -100;
    public const uint StatUser = 0x8;

    /// <summary>statx(2). Its structure, of which one field is read, is the same on every CPU.</summary>
    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Stat(int folder, string path, int flags, uint mask, out FileStatus status);

    /// <summary>struct statx of statx(2), 256 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct FileStatus
    {
        /// <summary>The owner's user id.</summary>
        [FieldOffset(20)]
        public uint UserId;
    }
}
