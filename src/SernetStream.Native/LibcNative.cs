using System.Runtime.InteropServices;

namespace SernetStream.Native;

/// <summary>The few calls of the C library that .NET does not offer as they are needed. Linux, any CPU.</summary>
internal static partial class LibcNative
{
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const int ErrorInterrupted = 4;
    public const int ErrorTryAgain = 11;
    public const int ErrorBrokenPipe = 32;
    public const short PollIn = 1;
    public const short PollOut = 4;
    public const int SeekCurrent = 1;
    public const int AdviceNotNeeded = 4;
    private const string Library = "libc";

    /// <summary>eventfd(2).</summary>
    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    /// <summary>poll(2). Takes <c>nfds_t</c>, which is as wide as a pointer.</summary>
    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(Span<PollDescriptor> descriptors, nuint count, int timeoutMs);

    /// <summary>read(2).</summary>
    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeHandle descriptor, Span<byte> buffer, nuint count);

    /// <summary>write(2).</summary>
    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeHandle descriptor, ReadOnlySpan<byte> buffer, nuint count);

    /// <summary>lseek(2); −1 where there is no position, as in a pipe.</summary>
    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeHandle descriptor, long offset, int origin);

    /// <summary>close(2).</summary>
    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(nint descriptor);

    /// <summary>clock_gettime(2).</summary>
    [LibraryImport(Library, EntryPoint = "clock_gettime")]
    public static partial int GetTime(int clock, out TimeSpecification time);

    /// <summary>sched_setscheduler(2); on Linux, process 0 is the calling thread.</summary>
    [LibraryImport(Library, EntryPoint = "sched_setscheduler", SetLastError = true)]
    public static partial int SetScheduler(int process, int policy, in int priority);

    /// <summary>memfd_create(2): a file without a name, in memory.</summary>
    [LibraryImport(Library, EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    public static partial int CreateMemoryFile(string name, uint flags);

    /// <summary>setenv(3).</summary>
    [LibraryImport(Library, EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetEnvironment(string name, string value, int overwrite);

    /// <summary>malloc_trim(3), of GNU's C library.</summary>
    [LibraryImport(Library, EntryPoint = "malloc_trim")]
    public static partial int TrimHeap(nuint pad);

    /// <summary>madvise(2).</summary>
    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    public static partial int Advise(nint address, nuint length, int advice);

    /// <summary>struct timespec of clock_gettime(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpecification
    {
        /// <summary>Whole seconds.</summary>
        public nint Seconds;

        /// <summary>Nanoseconds beyond them.</summary>
        public nint Nanoseconds;
    }

    /// <summary>struct pollfd of poll(2).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        /// <summary>The file descriptor; a negative one is skipped.</summary>
        public int Descriptor;

        /// <summary>What is waited for.</summary>
        public short Events;

        /// <summary>What happened.</summary>
        public short Returned;
    }
}
