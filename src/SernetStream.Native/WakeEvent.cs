using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SernetStream.Native;

/// <summary>Why a wait ended.</summary>
internal enum WakeReason
{
    /// <summary>The time is over.</summary>
    TimedOut,

    /// <summary>Somebody signalled, perhaps before the wait began.</summary>
    Signalled,

    /// <summary>The input can be read without blocking: there is data, the end, or an error.</summary>
    Input,
}

/// <summary>
/// Lets one thread sleep until another wakes it, until input arrives on a descriptor, until a time has passed or until
/// a token is cancelled: whichever comes first. It is an eventfd(2) under poll(2), because a capture callback must not
/// take the lock that .NET's events take, and because only poll can wait for a descriptor and a wake-up at once.
/// Signals that nobody waited for yet count as one.
/// </summary>
internal sealed class WakeEvent : SafeHandle
{
    /// <exception cref="Win32Exception">The process has too many open files.</exception>
    public WakeEvent()
        : base(-1, ownsHandle: true)
    {
        SetHandle(LibcNative.EventFd(0, LibcNative.CloseOnExec | LibcNative.NonBlocking));
        if (IsInvalid)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    public override bool IsInvalid => handle < 0;

    /// <summary>The descriptor for a poll(2) of one's own, which reads as ready once signalled.</summary>
    public int Descriptor => (int)handle;

    /// <summary>
    /// Wakes the waiting thread, or the next one to wait. One write(2) that never blocks: an eventfd only counts, and
    /// one that is full is as awake as can be. Any thread may call it.
    /// </summary>
    public void Signal()
    {
        Span<byte> one = stackalloc byte[sizeof(ulong)];
        MemoryMarshal.Write(one, 1UL);
        _ = LibcNative.Write(this, one, sizeof(ulong));
    }

    /// <summary>As <see cref="Signal"/>, of one that may have been disposed: then nobody waits any more.</summary>
    public void TrySignal()
    {
        try
        {
            Signal();
        }
        catch (ObjectDisposedException)
        {
            // That is what was to be found out, and asking beforehand would be too early.
        }
    }

    /// <summary>Waits for <see cref="Signal"/>, or for input, and takes the signal away.</summary>
    /// <param name="limit">
    /// How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Rounded up to milliseconds.
    /// </param>
    /// <param name="input">A descriptor whose readiness (data, end or error) ends the wait too.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public WakeReason Wait(TimeSpan limit, SafeHandle? input = null, CancellationToken cancellationToken = default)
    {
        // Registering allocates nothing once the token's source has a node to reuse.
        using var registration = cancellationToken.UnsafeRegister(static state => ((WakeEvent)state!).Signal(), this);
        var reason = Poll(limit, input);
        cancellationToken.ThrowIfCancellationRequested();
        return reason;
    }

    /// <summary>Whether a descriptor can be read without blocking: there is data, the end, or an error.</summary>
    public static bool HasInput(SafeHandle input)
    {
        Span<LibcNative.PollDescriptor> asked = [new() { Descriptor = (int)input.DangerousGetHandle(), Events = LibcNative.PollIn }];
        return LibcNative.Poll(asked, 1, 0) > 0;
    }

    /// <summary>Takes the signal away.</summary>
    public void Clear()
    {
        // It fails only when there is no signal.
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        _ = LibcNative.Read(this, count, sizeof(ulong));
    }

    protected override bool ReleaseHandle() => LibcNative.Close(handle) == 0;

    private WakeReason Poll(TimeSpan limit, SafeHandle? input)
    {
        var start = Stopwatch.GetTimestamp();
        Span<LibcNative.PollDescriptor> waited =
        [
            new() { Descriptor = Descriptor, Events = LibcNative.PollIn },
            // A negative descriptor is passed over.
            new() { Descriptor = (int?)input?.DangerousGetHandle() ?? -1, Events = LibcNative.PollIn },
        ];
        while (true)
        {
            var ready = LibcNative.Poll(waited, (nuint)waited.Length, Milliseconds(limit, start));
            if (ready == 0)
            {
                return WakeReason.TimedOut;
            }

            if (ready > 0)
            {
                if (waited[0].Returned != 0)
                {
                    Clear();
                }

                return waited[1].Returned != 0 ? WakeReason.Input : WakeReason.Signalled;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error != LibcNative.ErrorInterrupted)
            {
                throw new Win32Exception(error);
            }
        }
    }

    private static int Milliseconds(TimeSpan limit, long start)
    {
        if (limit == Timeout.InfiniteTimeSpan)
        {
            return -1;
        }

        var left = limit - Stopwatch.GetElapsedTime(start);
        return (int)Math.Ceiling(Math.Clamp(left.TotalMilliseconds, 0, int.MaxValue));
    }
}
