namespace SernetStream.Plugins.Tests.Support;

/// <summary>A connection without a network: all input is there from the start, and the output is recorded.</summary>
internal sealed class TwoWayStream(ReadOnlyMemory<byte> sent, int longestRead = int.MaxValue) : Stream
{
    private readonly MemoryStream _told = new();
    private int _position;

    /// <summary>Whether the peer stays connected but does not read.</summary>
    public bool IsStuck { get; init; }

    public byte[] Told
    {
        get
        {
            lock (_told)
            {
                return _told.ToArray();
            }
        }
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsStuck && _position == sent.Length)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        var count = Math.Min(Math.Min(buffer.Length, longestRead), sent.Length - _position);
        sent.Slice(_position, count).CopyTo(buffer);
        _position += count;
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsStuck)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        lock (_told)
        {
            _told.Write(buffer.Span);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
