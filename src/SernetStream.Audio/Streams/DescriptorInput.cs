using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using SernetStream.Audio.Capture;
using SernetStream.Native;

namespace SernetStream.Audio.Streams;

/// <summary>Bytes from a descriptor, which it owns: a pipe, a socket, a character device or a file.</summary>
/// <remarks>
/// The reader waits in poll(2) for the descriptor and for its own wake-up together. So cancelling wakes it at once,
/// with no second thread: a read that has begun cannot be cancelled, and an abandoned thread would swallow the samples
/// of the next reader.
/// </remarks>
/// <param name="descriptor">What is read.</param>
/// <param name="name">What a person calls it.</param>
/// <param name="patience">After this time without a byte, one that gave some has stalled, which is a fault; null: never.</param>
internal sealed class DescriptorInput(SafeHandle descriptor, string name, TimeSpan? patience = null) : IDisposable
{
    private long _heardAt;

    /// <summary>What a person calls it.</summary>
    public string Name => name;

    /// <summary>Whether it can be sought: then it is a file, is there already and loses nothing by waiting.</summary>
    public bool IsFile { get; } = LibcNative.Seek(descriptor, 0, LibcNative.SeekCurrent) >= 0;

    /// <summary>Waits for it.</summary>
    public PatientReader Reader { get; } = new(descriptor);

    /// <returns>Whether there is something to read, rather than an interruption.</returns>
    /// <exception cref="AudioDeviceException">It has stalled.</exception>
    public bool Wait(CancellationToken cancellationToken)
    {
        var reason = Reader.Wait(Quiet(), cancellationToken);
        return reason == WakeReason.TimedOut ? throw Stalled() : reason == WakeReason.Input;
    }

    /// <summary>Whether there is something to read, without waiting.</summary>
    /// <param name="quiet">If not: after this time without a byte, it has stalled.</param>
    /// <exception cref="AudioDeviceException">It has stalled.</exception>
    public bool IsReady(out TimeSpan quiet)
    {
        quiet = Quiet();
        var isReady = WakeEvent.HasInput(descriptor);
        return isReady || quiet != TimeSpan.Zero ? isReady : throw Stalled();
    }

    /// <returns>Bytes read; 0 at the end; -1 if there were none after all.</returns>
    public int Read(Span<byte> buffer)
    {
        var got = LibcNative.Read(descriptor, buffer, (nuint)buffer.Length);
        if (got >= 0)
        {
            _heardAt = Stopwatch.GetTimestamp();
            return (int)got;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error is LibcNative.ErrorInterrupted or LibcNative.ErrorTryAgain)
        {
            return -1;
        }

        var reason = new Win32Exception(error);
        throw new AudioDeviceException(
            AudioDeviceError.Failed, $"{name} could not be read: {reason.Message}. Check what feeds it.", reason);
    }

    /// <summary>The same as a stream that can be sought, of a file.</summary>
    public FileStream OpenFile() =>
        new(new SafeFileHandle(descriptor.DangerousGetHandle(), ownsHandle: false), FileAccess.Read);

    /// <summary>Its descriptor, for somebody else who reads the same file.</summary>
    public SafeFileHandle Again() => new(descriptor.DangerousGetHandle(), ownsHandle: false);

    /// <inheritdoc/>
    public void Dispose()
    {
        descriptor.Dispose();
        Reader.Dispose();
    }

    /// <summary>How long nothing may come from now on.</summary>
    private TimeSpan Quiet()
    {
        if (patience is not { } limit || _heardAt == 0)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var left = limit - Stopwatch.GetElapsedTime(_heardAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private AudioDeviceException Stalled() => new(
        AudioDeviceError.Gone,
        string.Create(CultureInfo.InvariantCulture, $"{name} has stalled: no sample came for {patience!.Value.TotalSeconds:0.#} s."));
}
