using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SernetStream.Native;

namespace SernetStream.Audio.Streams;

/// <summary>A file that has no name and lies in memory alone, for a program that must seek in what came through a pipe.</summary>
internal static class MemoryFile
{
    private const uint CloseOnExec = 1;

    /// <summary>Makes one; it is gone when it is disposed.</summary>
    /// <exception cref="IOException">There is no room for it.</exception>
    public static SafeFileHandle Of(ReadOnlySpan<byte> bytes)
    {
        var descriptor = LibcNative.CreateMemoryFile("sernetd audio", CloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException("There is no memory for a file.", new Win32Exception(Marshal.GetLastPInvokeError()));
        }

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            RandomAccess.Write(file, bytes, 0);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
