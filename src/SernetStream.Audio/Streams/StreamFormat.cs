using System.Buffers.Binary;

namespace SernetStream.Audio.Streams;

/// <summary>How samples lie in a stream of bytes.</summary>
/// <param name="SampleRate">Frames per second.</param>
/// <param name="Channels">Samples in a frame.</param>
/// <param name="Encoding">How a sample lies in bytes.</param>
/// <param name="Bytes">How many bytes of them there are; null: until the stream ends.</param>
public readonly record struct StreamFormat(int SampleRate, int Channels, PcmEncoding Encoding, long? Bytes = null)
{
    /// <summary>Bytes of one frame.</summary>
    public int FrameSize => Channels * Pcm.BytesPerSample(Encoding);
}

/// <summary>What the first bytes of a stream are.</summary>
internal enum StreamStart
{
    /// <summary>More bytes are needed to decide.</summary>
    Undecided,

    /// <summary>Samples, without a header.</summary>
    Raw,

    /// <summary>The header of a WAV file whose samples can be heard as they come.</summary>
    Wav,

    /// <summary>Another audio file, which has to be there as a whole.</summary>
    File,
}

/// <summary>Tells audio files from raw samples by their first bytes.</summary>
internal static class StreamHeader
{
    /// <summary>The longest header that is looked through for the samples.</summary>
    public const int Longest = 1 << 16;

    private const int RiffHeader = 12;

    // Writers into a pipe leave 0, 0xFFFFFFFF or something just under 2^31 or 2^32: until the end.
    private const uint LeastUnknownSize = 0x7FFF_0000;
    private const int TagPcm = 1;
    private const int TagFloat = 3;
    private const int TagALaw = 6;
    private const int TagMuLaw = 7;
    private const int TagExtensible = 0xFFFE;
    private const int SubFormatAt = 24;

    /// <summary>Looks at what came until now.</summary>
    /// <param name="bytes">From the first on.</param>
    /// <param name="isAll">Whether there will be no more.</param>
    /// <param name="format">Of a WAV file: how its samples lie.</param>
    /// <param name="length">Of a WAV file: how long the header is.</param>
    public static StreamStart Examine(ReadOnlySpan<byte> bytes, bool isAll, out StreamFormat format, out int length)
    {
        (format, length) = (default, 0);
        if (bytes.Length < RiffHeader)
        {
            var isRiff = MayBe(bytes, "RIFF"u8) || MayBe(bytes, "RF64"u8);
            return isRiff && !isAll ? StreamStart.Undecided : Other(bytes, isAll);
        }

        var isWav = (bytes.StartsWith("RIFF"u8) || bytes.StartsWith("RF64"u8)) && bytes[8..RiffHeader].SequenceEqual("WAVE"u8);
        return isWav ? Wav(bytes, isAll || bytes.Length >= Longest, out format, out length) : Other(bytes, isAll);
    }

    private static bool MayBe(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> mark) =>
        Math.Min(bytes.Length, mark.Length) is var count && bytes[..count].SequenceEqual(mark[..count]);

    private static StreamStart Other(ReadOnlySpan<byte> bytes, bool isAll) => AudioMagic.IsFile(bytes, isAll) switch
    {
        true => StreamStart.File,
        false => StreamStart.Raw,
        null => StreamStart.Undecided,
    };

    private static StreamStart Wav(ReadOnlySpan<byte> bytes, bool isAll, out StreamFormat format, out int length)
    {
        (format, length) = (default, 0);
        long? bigSize = null;
        for (long at = 12; at + 8 <= bytes.Length;)
        {
            var chunk = bytes[(int)at..];
            var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk.StartsWith("data"u8))
            {
                length = (int)at + 8;
                if (format.Channels == 0)
                {
                    // An encoding that only a decoder knows.
                    return StreamStart.File;
                }

                format = format with { Bytes = bigSize ?? (size is 0 or >= LeastUnknownSize ? null : size) };
                return StreamStart.Wav;
            }

            if (chunk.Length >= 8 + Math.Min(size, 40))
            {
                if (chunk.StartsWith("fmt "u8) && size >= 16)
                {
                    format = Format(chunk[8..(int)(8 + Math.Min(size, 40))]);
                }
                else if (chunk.StartsWith("ds64"u8) && size >= 16)
                {
                    bigSize = BinaryPrimitives.ReadInt64LittleEndian(chunk[16..]);
                    bigSize = bigSize is <= 0 or long.MaxValue ? null : bigSize;
                }
            }

            at += 8 + size + (size & 1);
        }

        return isAll ? StreamStart.File : StreamStart.Undecided;
    }

    /// <summary>What a format chunk says; nothing for an encoding that is not plain.</summary>
    private static StreamFormat Format(ReadOnlySpan<byte> chunk)
    {
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        if (tag == TagExtensible && chunk.Length >= SubFormatAt + 2)
        {
            tag = BinaryPrimitives.ReadUInt16LittleEndian(chunk[SubFormatAt..]);
        }

        PcmEncoding? encoding = (tag, BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..])) switch
        {
            (TagPcm, 8) => PcmEncoding.Unsigned8,
            (TagPcm, 16) => PcmEncoding.Signed16,
            (TagPcm, 24) => PcmEncoding.Signed24,
            (TagPcm, 32) => PcmEncoding.Signed32,
            (TagFloat, 32) => PcmEncoding.FloatingPoint32,
            (TagALaw, 8) => PcmEncoding.ALaw,
            (TagMuLaw, 8) => PcmEncoding.MuLaw,
            _ => null,
        };
        var channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        var rate = BinaryPrimitives.ReadInt32LittleEndian(chunk[4..]);
        return encoding is { } known && channels is >= 1 and <= ChannelChoice.MaxChannels ? new StreamFormat(rate, channels, known) : default;
    }
}
