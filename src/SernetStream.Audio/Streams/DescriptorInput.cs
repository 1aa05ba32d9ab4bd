using System.ComponentModel;
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
    private readonly WakeEvent _wake = new();
    private volatile bool _isInterrupted;
    private bool _hasBegun;
    private bool _isStalled;

    /// <summary>What a person calls it.</summary>
    public string Name => name;

    /// <summary>Whether it can be sought: then it is a file, is there already and loses nothing by waiting.</summary>
    public bool IsFile { get; } = LibcNative.Seek(descriptor, 0, LibcNative.SeekCurrent) >= 0;

    /// <summary>Whether the reader is to return with what it has.</summary>
    public bool IsInterrupted => _isInterrupted;

    /// <summary>Makes the reader return with what it has. Any thread.</summary>
    public void Interrupt()
    {
        _isInterrupted = true;
        _wake.TrySignal();
    }

    /// <summary>The reader has returned.</summary>
    public void ClearInterrupt() => _isInterrupted = false;

    /// <returns>Whether there is something to read, rather than an interruption.</returns>
    /// <exception cref="AudioDeviceException">It has stalled.</exception>
    public bool Wait(CancellationToken cancellationToken)
    {
        var limit = _hasBegun ? patience ?? Timeout.InfiniteTimeSpan : Timeout.InfiniteTimeSpan;
        var reason = _isStalled ? WakeReason.TimedOut : _wake.Wait(limit, descriptor, cancellationToken);
        _isStalled = reason == WakeReason.TimedOut;
        return _isStalled ? throw Stalled() : reason == WakeReason.Input;
    }

    /// <returns>Bytes read; 0 at the end; -1 if there were none after all.</returns>
    public int Read(Span<byte> buffer)
    {
        var got = LibcNative.Read(descriptor, buffer, (nuint)buffer.Length);
        if (got >= 0)
        {
            _hasBegun = true;
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
        _wake.Dispose();
    }

    private AudioDeviceException Stalled() => new(
        AudioDeviceError.Gone,
        string.Create(CultureInfo.InvariantCulture, $"{name} has stalled: no sample came for {patience!.Value.TotalSeconds:0.#} s."));
}
