namespace SernetStream.Audio.Streams;

/// <summary>
/// Knows AAC (ADTS), MP3 and MP2 that begin with a frame and no tag, as web radio sends them, and MPEG-TS. The mark of one
/// frame is too short to tell it from raw samples: a second one must begin where the first one says that it ends, and a
/// third one of MPEG-TS.
/// </summary>
internal static class FrameChain
{
    private const int AdtsHeader = 7;
    private const int MpegHeader = 4;
    private const byte TsMark = 0x47;
    private const int TsPacket = 188;

    // ISO 11172-3 and 13818-3: kbit/s by version, layer and index.
    private static readonly int[] Layer3 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    private static readonly int[] Layer2 = [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
    private static readonly int[] LowRates = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    private static readonly int[] SampleRates = [44_100, 48_000, 32_000];

    /// <summary>Whether frames begin here; null: that is not decided yet.</summary>
    /// <param name="bytes">From the first on.</param>
    /// <param name="isAll">Whether there will be no more.</param>
    public static bool? Begins(ReadOnlySpan<byte> bytes, bool isAll)
    {
        if (bytes is [TsMark, ..])
        {
            return bytes.Length > 2 * TsPacket ? bytes[TsPacket] == TsMark && bytes[2 * TsPacket] == TsMark : isAll ? false : null;
        }

        if (bytes.Length < AdtsHeader)
        {
            return bytes is [] or [0xFF] or [0xFF, >= 0xE0, ..] && !isAll ? null : false;
        }

        var length = Length(bytes);
        return length == 0 ? false
            : bytes.Length >= length + AdtsHeader ? IsAlike(bytes, bytes[length..])
            : isAll ? bytes.Length == length : null;
    }

    /// <summary>Bytes of the frame that begins here; 0 if none does.</summary>
    private static int Length(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xFF, 0xF0 or 0xF1 or 0xF8 or 0xF9, ..] => Adts(bytes),
        [0xFF, >= 0xE0, ..] => Mpeg(bytes),
        _ => 0,
    };

    /// <summary>ISO 13818-7, 6.2: the length is 13 bits, 3 of which are in the fourth byte.</summary>
    private static int Adts(ReadOnlySpan<byte> bytes)
    {
        const int SampleRateCount = 13;
        var length = ((bytes[3] & 3) << 11) | (bytes[4] << 3) | (bytes[5] >> 5);
        return ((bytes[2] >> 2) & 15) < SampleRateCount && length > AdtsHeader ? length : 0;
    }

    private static int Mpeg(ReadOnlySpan<byte> bytes)
    {
        var version = (bytes[1] >> 3) & 3;
        var layer = 4 - ((bytes[1] >> 1) & 3);
        var (rate, index) = ((bytes[2] >> 2) & 3, bytes[2] >> 4);
        if (version == 1 || layer is not (2 or 3) || rate == 3 || index is 0 or 15)
        {
            return 0;
        }

        var isFirst = version == 3;
        var bits = 1000 * (isFirst ? layer == 3 ? Layer3[index] : Layer2[index] : LowRates[index]);
        var samples = !isFirst && layer == 3 ? 576 : 1152;
        var sampleRate = SampleRates[rate] >> (isFirst ? 0 : version == 2 ? 1 : 2);
        return Math.Max(MpegHeader, (samples / 8 * bits / sampleRate) + ((bytes[2] >> 1) & 1));
    }

    /// <summary>Whether both are frames of one stream: all of the mark and the sample rate is the same.</summary>
    private static bool IsAlike(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        one[0] == other[0] && one[1] == other[1] && Length(other) > 0
        && ((one[1] & 6) == 0 ? (one[2] & 0xFC) == (other[2] & 0xFC) : (one[2] & 0x0C) == (other[2] & 0x0C));
}
