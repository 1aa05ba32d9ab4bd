using System.ComponentModel;
using System.Runtime.InteropServices;

namespace SernetStream.Publishing.Native;

/// <summary>
/// A signal that poll(2) can wait for beside a socket, so that a thread that sleeps on the network is woken at once
/// (eventfd(2)). Signals that nobody waited for yet count as one.
/// </summary>
internal sealed class WakeEvent : SafeHandle
{
    /// <exception cref="Win32Exception">The process has too many open files.</exception>
    public WakeEvent()
        : base(-1, ownsHandle: true)
    {
        SetHandle(LibcNative.EventFd(0, LibcNative.EndOfFileDescriptorOnExec | LibcNative.NonBlocking));
        if (IsInvalid)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    public override bool IsInvalid => handle < 0;

    /// <summary>The descriptor for poll(2), which reads as ready once signalled.</summary>
    public int Descriptor => (int)handle;

    /// <summary>Wakes the thread that waits, or the next that will. Any thread may call it.</summary>
    public void Signal()
    {
        Span<byte> one = stackalloc byte[sizeof(ulong)];
        MemoryMarshal.Write(one, 1UL);

        // It fails only when the counter is at its end, and then the event is signalled anyway.
        _ = LibcNative.Write(this, one, sizeof(ulong));
    }

    /// <summary>Waits for a signal and takes it away. It may return early.</summary>
    /// <param name="limit">The longest wait, up to 24 days.</param>
    public void Wait(TimeSpan limit)
    {
        Span<LibcNative.PollDescriptor> waited = [new() { Descriptor = Descriptor, Events = LibcNative.PollIn }];
        if (LibcNative.Poll(waited, 1, (int)Math.Ceiling(limit.TotalMilliseconds)) > 0)
        {
            Clear();
        }
    }

    /// <summary>Takes the signal away.</summary>
    public void Clear()
    {
        Span<byte> count = stackalloc byte[sizeof(ulong)];

        // It fails only when there is no signal.
        _ = LibcNative.Read(this, count, sizeof(ulong));
    }

    protected override bool ReleaseHandle() => LibcNative.Close(handle) == 0;
}
