using System.Buffers.Binary;
using System.Text;

namespace SernetStream.Audio.Files;

/// <summary>
/// What a WAV header promises, and what the file holds of it. libsndfile reads a file that was cut off as if it were
/// meant to be that short; only the header tells.
/// </summary>
/// <param name="PromisedBytes">Bytes of samples by the header; null if its writer could not know (a pipe).</param>
/// <param name="AvailableBytes">Bytes that follow the header, at most the promised ones.</param>
/// <param name="BytesPerSecond">How many of them make a second.</param>
/// <param name="ZeroSizeAt">Where the header says 0 bytes although samples follow; null if it does not.</param>
internal readonly record struct WavHeader(
    long? PromisedBytes, long AvailableBytes, double BytesPerSecond, long? ZeroSizeAt)
{
    // Writers into a pipe leave 0xFFFFFFFF or something just under 2^31 or 2^32, and never come back to correct it; a
    // recorder that was killed leaves 0.
    private const long LeastUnknownSize = 0x7FFF_0000;

    private const int TagPcm = 1;
    private const int TagFloat = 3;
    private const int TagALaw = 6;
    private const int TagMuLaw = 7;
    private const int TagExtensible = 0xFFFE;
    private const int ChunkHead = 8;

    /// <summary>Seconds of sound by the header.</summary>
    public double? PromisedSeconds => PromisedBytes / BytesPerSecond;

    /// <summary>True if the header promises more than there is.</summary>
    public bool IsCut => AvailableBytes < PromisedBytes;

    /// <summary>
    /// Reads the chunks before the samples (RIFF, RF64); null if this is no WAV file or its header is cut.
    /// </summary>
    public static WavHeader? Read(Stream stream)
    {
        Span<byte> head = stackalloc byte[12];
        stream.Position = 0;
        if (!TryFill(stream, head) || Name(head) is not ("RIFF" or "RF64") || Name(head[8..]) != "WAVE")
        {
            return null;
        }

        var bytesPerSecond = 0.0;
        long? bigSize = null;
        Span<byte> body = stackalloc byte[16];
        while (TryFill(stream, head[..ChunkHead]))
        {
            var name = Name(head);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            var start = stream.Position;
            switch (name)
            {
                case "data":
                    return bytesPerSecond > 0 ? Data(stream, bigSize, size, bytesPerSecond) : null;
                case "ds64" when TryFill(stream, body):
                    bigSize = BinaryPrimitives.ReadInt64LittleEndian(body[8..]);
                    break;
                case "fmt " when TryFill(stream, body):
                    bytesPerSecond = Rate(body);
                    break;
            }

            // Chunks begin at even places.
            stream.Position = start + size + (size & 1);
        }

        return null;
    }

    private static WavHeader Data(Stream stream, long? bigSize, long size, double bytesPerSecond)
    {
        var start = stream.Position;
        var available = Math.Max(0, stream.Length - start);
        if (bigSize is null && size >= LeastUnknownSize)
        {
            return new WavHeader(null, available, bytesPerSecond, null);
        }

        if (bigSize is null && size == 0 && available > 0 && !IsChunk(stream))
        {
            return new WavHeader(null, available, bytesPerSecond, start - sizeof(uint));
        }

        var promised = bigSize ?? size;
        return new WavHeader(promised, Math.Min(promised, available), bytesPerSecond, null);
    }

    /// <summary>True if what follows is another chunk, such as a list of tags, that lies within the file.</summary>
    private static bool IsChunk(Stream stream)
    {
        Span<byte> head = stackalloc byte[ChunkHead];
        return TryFill(stream, head)
            && head[..4].IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0
            && BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) <= stream.Length - stream.Position;
    }

    private static double Rate(ReadOnlySpan<byte> format)
    {
        var tag = BinaryPrimitives.ReadUInt16LittleEndian(format);
        var sampleRate = BinaryPrimitives.ReadUInt32LittleEndian(format[4..]);
        var bytesPerSecond = BinaryPrimitives.ReadUInt32LittleEndian(format[8..]);
        var blockAlign = BinaryPrimitives.ReadUInt16LittleEndian(format[12..]);

        // Some writers leave nonsense in bytes per second; where a block is a frame, that is not needed.
        return tag is TagPcm or TagFloat or TagALaw or TagMuLaw or TagExtensible
            ? (double)sampleRate * blockAlign
            : bytesPerSecond;
    }

    private static bool TryFill(Stream stream, Span<byte> bytes) =>
        stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;

    private static string Name(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes[..4]);
}
