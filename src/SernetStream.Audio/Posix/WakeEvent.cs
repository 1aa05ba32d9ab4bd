using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SernetStream.Audio.Posix;

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
/// take the lock that .NET's events take, and because only poll can wait for standard input and a wake-up at once.
/// </summary>
internal sealed unsafe class WakeEvent : IDisposable
{
    private readonly SafeFileHandle _event;

    public WakeEvent()
    {
        var descriptor = LibC.EventFd(0, LibC.EventNonBlocking | LibC.EventCloseOnExec);
        if (descriptor < 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        _event = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>
    /// Wakes the waiting thread, or the next one to wait. One write(2) that never blocks: an eventfd only counts, and
    /// one that is full is as awake as can be.
    /// </summary>
    public void Signal()
    {
        var one = 1UL;
        _ = LibC.Write(_event, &one, sizeof(ulong));
    }

    /// <summary>Waits for <see cref="Signal"/>, or for input.</summary>
    /// <param name="limit">
    /// How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever. Rounded up to milliseconds.
    /// </param>
    /// <param name="input">A descriptor whose readiness (data, end or error) ends the wait too.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public WakeReason Wait(TimeSpan limit, SafeHandle? input, CancellationToken cancellationToken)
    {
        // Registering allocates nothing once the token's source has a node to reuse.
        using var registration = cancellationToken.UnsafeRegister(static state => ((WakeEvent)state!).Signal(), this);
        var reason = Poll(limit, input);
        cancellationToken.ThrowIfCancellationRequested();
        return reason;
    }

    public void Dispose() => _event.Dispose();

    private WakeReason Poll(TimeSpan limit, SafeHandle? input)
    {
        var start = Stopwatch.GetTimestamp();
        var descriptors = stackalloc LibC.PollDescriptor[2];
        descriptors[0] = new LibC.PollDescriptor { Descriptor = Number(_event), Wanted = LibC.PollIn };
        descriptors[1] = new LibC.PollDescriptor
        {
            // A negative descriptor is passed over.
            Descriptor = input is null ? -1 : Number(input),
            Wanted = LibC.PollIn,
        };
        while (true)
        {
            var ready = LibC.Poll(descriptors, 2, Milliseconds(limit, start));
            if (ready > 0)
            {
                if (descriptors[0].Happened != 0)
                {
                    ulong count;
                    _ = LibC.Read(_event, &count, sizeof(ulong));
                }

                return descriptors[1].Happened != 0 ? WakeReason.Input : WakeReason.Signalled;
            }

            if (ready == 0)
            {
                return WakeReason.TimedOut;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error != LibC.Interrupted)
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

    private static int Number(SafeHandle handle) => (int)handle.DangerousGetHandle();
}
