using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SernetStream.Native;

/// <summary>
/// Writes to a file descriptor without a buffer. Unlike the console's own stream it reports a closed pipe instead of
/// swallowing it; unlike a FileStream it writes where the descriptor's shared position is, so that
/// <c>&gt; file 2&gt;&amp;1</c> keeps both outputs.
/// </summary>
internal sealed class DescriptorStream(SafeHandle descriptor) : Stream
{
    private const int StandardOutputDescriptor = 1;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The standard output of this process; disposing the stream leaves it open.</summary>
    public static DescriptorStream StandardOutput() =>
        new(new SafeFileHandle(StandardOutputDescriptor, ownsHandle: false));

    /// <summary>Whether <paramref name="exception"/> says that the reader of a pipe has gone.</summary>
    public static bool IsClosedPipe(IOException exception) => exception.HResult == LibcNative.ErrorBrokenPipe;

    /// <summary>Writes all of <paramref name="buffer"/>, and blocks while a pipe is full.</summary>
    /// <exception cref="IOException">The reader has gone (<see cref="IsClosedPipe"/>), or the disk is full.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var written = LibcNative.Write(descriptor, buffer, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == LibcNative.ErrorTryAgain)
            {
                WaitForRoom();
            }
            else if (error != LibcNative.ErrorInterrupted)
            {
                throw new IOException(new Win32Exception(error).Message, error);
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            descriptor.Dispose();
        }

        base.Dispose(disposing);
    }

    // Standard output can be non-blocking when another process that shares it made it so.
    private void WaitForRoom()
    {
        Span<LibcNative.PollDescriptor> waited =
        [
            new LibcNative.PollDescriptor
            {
                Descriptor = (int)descriptor.DangerousGetHandle(),
                Events = LibcNative.PollOut,
            },
        ];
        _ = LibcNative.Poll(waited, 1, timeoutMs: -1);
    }
}
