using System.Buffers.Binary;

namespace SernetStream.PluginProtocol;

/// <summary>
/// One frame: the length of what follows (4 bytes, little-endian), its kind (1), the number of the question (4; 0: no
/// answer is wanted), what it is about (4; the number of a stream or a hold) and a payload: JSON, or raw audio.
/// </summary>
/// <param name="Kind">What it asks or says.</param>
/// <param name="Call">Number of the question; 0: no answer is wanted.</param>
/// <param name="Target">The stream or hold that it is about.</param>
/// <param name="Payload">JSON in UTF-8, or audio.</param>
public readonly record struct Frame(FrameKind Kind, int Call, int Target, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The version of this protocol. Daemon and host of one build speak one; another is refused.</summary>
    public const int Version = 1;

    /// <summary>The longest payload. A longer frame is invalid.</summary>
    public const int LongestPayload = 1 << 20;

    private const int LengthBytes = 4;
    private const int HeaderBytes = 9;

    /// <summary>The frame as bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[LengthBytes + HeaderBytes + Payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, HeaderBytes + Payload.Length);
        bytes[LengthBytes] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(LengthBytes + 1), Call);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(LengthBytes + 5), Target);
        Payload.Span.CopyTo(bytes.AsSpan(LengthBytes + HeaderBytes));
        return bytes;
    }

    /// <summary>Reads one frame; null when the peer has ended the connection between two frames.</summary>
    /// <exception cref="InvalidDataException">It is not a frame.</exception>
    /// <exception cref="EndOfStreamException">The connection ended within a frame.</exception>
    public static async ValueTask<Frame?> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var head = new byte[LengthBytes + HeaderBytes];
        var first = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        if (first == 0)
        {
            return null;
        }

        if (first < head.Length)
        {
            throw new EndOfStreamException("The connection ended within a frame.");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(head) - HeaderBytes;
        if (length is < 0 or > LongestPayload)
        {
            throw new InvalidDataException($"A frame of {length} bytes is none; the longest has {LongestPayload}.");
        }

        var payload = new byte[length];
        await stream.ReadExactlyAsync(payload, cancellationToken).ConfigureAwait(false);
        return new Frame(
            (FrameKind)head[LengthBytes],
            BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(LengthBytes + 1)),
            BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(LengthBytes + 5)),
            payload);
    }
}
