using System.Buffers.Binary;

namespace SernetStream.Audio.Files;

/// <summary>
/// What a WAV header promises, and what the file holds of it. libsndfile reads a file that was cut off as if it were
/// meant to be that short; only the header tells.
/// </summary>
/// <param name="PromisedBytes">Bytes of samples by the header; null if its writer could not know (a pipe).</param>
/// <param name="AvailableBytes">Bytes that follow the header, at most the promised ones.</param>
/// <param name="BytesPerSecond">How many of them make a second.</param>
/// <param name="Format">The body of its format chunk.</param>
/// <param name="DataAt">Where its samples begin.</param>
internal sealed record WavHeader(
    long? PromisedBytes, long AvailableBytes, double BytesPerSecond, byte[] Format, long DataAt)
{
    // Writers into a pipe leave 0xFFFFFFFF or something just under 2^31 or 2^32, and never come back to correct it; a
    // recorder that was killed leaves 0.
    private const long LeastUnknownSize = 0x7FFF_0000;

    private const int TagPcm = 1;
    private const int TagFloat = 3;
    private const int TagALaw = 6;
    private const int TagMuLaw = 7;
    private const int TagGsm = 0x31;
    private const int TagMp3 = 0x55;
    private const int TagExtensible = 0xFFFE;
    private const int ChunkHead = 8;
    private const int BlockAlignAt = 12;
    private const int BlockFramesAt = 18;
    private const int LongestFormat = 1 << 16;

    private static readonly string[] UsualChunks =
    [
        "data", "fmt ", "LIST", "fact", "bext", "cue ", "smpl", "inst", "JUNK", "junk", "PEAK", "id3 ", "ID3 ", "iXML", "FLLR",
        "PAD ", "ds64", "_PMX", "cart", "plst", "acid", "axml", "chna", "DISP", "afsp", "umid", "labl", "note", "levl", "RIFF",
    ];

    /// <summary>
    /// True if libsndfile would misread it: it says 0 bytes although samples follow, or a chunk of odd size lacks its
    /// padding byte.
    /// </summary>
    public bool IsMisleading { get; private init; }

    /// <summary>True if another WAV file follows in the same file.</summary>
    public bool IsFollowed { get; private init; }

    /// <summary>
    /// Frames of its whole blocks, if it is GSM 06.10; null otherwise. libsndfile takes the byte that fills an odd size up for another
    /// block, and decodes 40 ms of noise from it, as loud as can be.
    /// </summary>
    public long? WholeFrames => Tag == TagGsm && Format.Length >= BlockFramesAt + 2 && Number(BlockAlignAt) is > 0 and var bytes
        ? AvailableBytes / bytes * Number(BlockFramesAt)
        : null;

    /// <summary>Seconds of sound by the header.</summary>
    public double? PromisedSeconds => PromisedBytes / BytesPerSecond;

    /// <summary>True if the header promises more than there is.</summary>
    public bool IsCut => AvailableBytes < PromisedBytes;

    private ushort Tag => Number(0);

    /// <summary>
    /// Reads the chunks before the samples (RIFF, RF64), wherever tags in front of them let them begin; null if this is
    /// no WAV file or its header is cut.
    /// </summary>
    public static WavHeader? Read(Stream stream)
    {
        Span<byte> head = stackalloc byte[12];
        stream.Position = LengthOfTags(stream);
        if (!TryFill(stream, head) || !(head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8)) || !head[8..].SequenceEqual("WAVE"u8))
        {
            return null;
        }

        byte[] format = [];
        long? bigSize = null;
        var isMisleading = false;
        while (TryFill(stream, head[..ChunkHead]))
        {
            var (start, size) = (stream.Position, (long)BinaryPrimitives.ReadUInt32LittleEndian(head[4..]));
            if (head.StartsWith("data"u8))
            {
                return Rate(format) is { } rate and > 0 ? Data(stream, bigSize, size, rate, format, isMisleading) : null;
            }

            if (head.StartsWith("ds64"u8) && TryRead(stream, 16) is { } sizes)
            {
                bigSize = BinaryPrimitives.ReadInt64LittleEndian(sizes.AsSpan(8));
            }
            else if (head.StartsWith("fmt "u8) && size <= LongestFormat)
            {
                format = TryRead(stream, (int)size) ?? [];
            }

            stream.Position = Next(stream, start, size, ref isMisleading);
        }

        return null;
    }

    /// <summary>The header that libsndfile gets before the samples: a plain one; none for MP3.</summary>
    public byte[] PlainHeader()
    {
        if (Tag == TagMp3)
        {
            return [];
        }

        var fill = Format.Length & 1;
        var header = new byte[12 + ChunkHead + Format.Length + fill + ChunkHead];
        var size = (uint)Math.Min(AvailableBytes, uint.MaxValue - header.Length);
        "RIFF"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), size + (uint)header.Length - ChunkHead);
        "WAVEfmt "u8.CopyTo(header.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), Format.Length);
        Format.CopyTo(header.AsSpan(20));
        "data"u8.CopyTo(header.AsSpan(20 + Format.Length + fill));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(header.Length - 4), size);
        return header;
    }

    private ushort Number(int at) => BinaryPrimitives.ReadUInt16LittleEndian(Format.AsSpan(at));

    private static WavHeader Data(
        Stream stream, long? bigSize, long size, double bytesPerSecond, byte[] format, bool isMisleading)
    {
        var start = stream.Position;
        var available = Math.Max(0, stream.Length - start);
        if (bigSize is null && size >= LeastUnknownSize)
        {
            return new WavHeader(null, available, bytesPerSecond, format, start) { IsMisleading = isMisleading };
        }

        if (bigSize is null && size == 0 && available > 0 && !IsChunk(stream))
        {
            return new WavHeader(null, available, bytesPerSecond, format, start) { IsMisleading = true };
        }

        var promised = bigSize ?? size;
        return new WavHeader(promised, Math.Min(promised, available), bytesPerSecond, format, start)
        {
            IsMisleading = isMisleading,
            IsFollowed = available > promised && (IsNamed(stream, start + promised, "RIFF") || IsNamed(stream, start + promised + 1, "RIFF")),
        };
    }

    /// <summary>
    /// Where the next chunk begins: at an even place; but some recorders leave the byte out that fills a chunk up to it.
    /// </summary>
    private static long Next(Stream stream, long start, long size, ref bool isMisleading)
    {
        var next = start + size;
        if ((size & 1) == 0)
        {
            return next;
        }

        if (!IsUsual(stream, next + 1) && IsUsual(stream, next))
        {
            isMisleading = true;
            return next;
        }

        return next + 1;
    }

    /// <summary>ID3v2, section 3.1: how long the tags before the file proper are; 0 if there are none.</summary>
    private static long LengthOfTags(Stream stream)
    {
        stream.Position = 0;
        return TryRead(stream, 10) is { } tag && tag.AsSpan().StartsWith("ID3"u8)
            ? 10 + (((tag[6] & 0x7F) << 21) | ((tag[7] & 0x7F) << 14) | ((tag[8] & 0x7F) << 7) | (tag[9] & 0x7F))
            : 0;
    }

    private static bool IsUsual(Stream stream, long at) => UsualChunks.Any(name => IsNamed(stream, at, name));

    private static bool IsNamed(Stream stream, long at, string name)
    {
        stream.Position = at;
        return TryRead(stream, name.Length) is { } bytes && System.Text.Encoding.Latin1.GetString(bytes) == name;
    }

    /// <summary>True if what follows is another chunk, such as a list of tags, that lies within the file.</summary>
    private static bool IsChunk(Stream stream)
    {
        Span<byte> head = stackalloc byte[ChunkHead];
        return TryFill(stream, head)
            && head[..4].IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0
            && BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) <= stream.Length - stream.Position;
    }

    /// <summary>Bytes per second by a format chunk; null if it is too short.</summary>
    private static double? Rate(ReadOnlySpan<byte> format)
    {
        if (format.Length < 14)
        {
            return null;
        }

        var tag = BinaryPrimitives.ReadUInt16LittleEndian(format);
        var sampleRate = BinaryPrimitives.ReadUInt32LittleEndian(format[4..]);
        var bytesPerSecond = BinaryPrimitives.ReadUInt32LittleEndian(format[8..]);
        var blockAlign = BinaryPrimitives.ReadUInt16LittleEndian(format[12..]);

        // Some writers leave nonsense in bytes per second; where a block is a frame, that is not needed.
        return tag is TagPcm or TagFloat or TagALaw or TagMuLaw or TagExtensible
            ? (double)sampleRate * blockAlign
            : bytesPerSecond;
    }

    private static byte[]? TryRead(Stream stream, int count)
    {
        var bytes = new byte[count];
        return TryFill(stream, bytes) ? bytes : null;
    }

    private static bool TryFill(Stream stream, Span<byte> bytes) =>
        stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
}
