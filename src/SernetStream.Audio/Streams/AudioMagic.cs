namespace SernetStream.Audio.Streams;

/// <summary>Knows files that hold sound or a film, other than WAV, by their first bytes.</summary>
internal static class AudioMagic
{
    private static readonly (int At, byte[] Bytes)[] Marks =
    [
        // What libsndfile reads.
        (0, [.. "fLaC"u8]), (0, [.. "OggS"u8]), (0, [.. "FORM"u8]), (0, [.. "ID3"u8]), (0, [.. "riff"u8]), (0, [.. "caff"u8]), (0, [.. ".snd"u8]),
        // MP4, m4a and QuickTime; AVI; Matroska and WebM; WMA; AMR; Flash; Monkey's Audio, WavPack, TTA, Musepack, DSD; MPEG-PS.
        (4, [.. "ftyp"u8]), (4, [.. "moov"u8]), (4, [.. "mdat"u8]), (4, [.. "wide"u8]), (8, [.. "AVI "u8]), (0, [0x1A, 0x45, 0xDF, 0xA3]),
        (0, [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11]), (0, [.. "#!AMR"u8]), (0, [.. "FLV\x01"u8]), (0, [.. "MAC "u8]), (0, [.. "wvpk"u8]),
        (0, [.. "TTA1"u8]), (0, [.. "MPCK"u8]), (0, [.. "MP+"u8]), (0, [.. "DSD "u8]), (0, [0, 0, 1, 0xBA]),
    ];

    /// <summary>Whether it is one; null: that is not decided yet.</summary>
    /// <param name="bytes">From the first on.</param>
    /// <param name="isAll">Whether there will be no more.</param>
    public static bool? IsFile(ReadOnlySpan<byte> bytes, bool isAll)
    {
        var isUndecided = false;
        foreach (var (at, mark) in Marks)
        {
            var there = bytes[Math.Min(at, bytes.Length)..];
            var count = Math.Min(there.Length, mark.Length);
            if (there[..count].SequenceEqual(mark.AsSpan(0, count)))
            {
                if (count == mark.Length)
                {
                    return true;
                }

                // A box of MP4 begins with its size, of less than 64 KB where it is the first.
                isUndecided |= at == 0 || bytes is [] or [0] or [0, 0, ..];
            }
        }

        return isUndecided && !isAll ? null : FrameChain.Begins(bytes, isAll);
    }
}
