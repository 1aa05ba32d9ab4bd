namespace SernetStream.Audio.Files;

/// <summary>
/// Tells whether an Ogg stream was written to its end: its last page carries a flag (RFC 3533, section 6). libsndfile
/// reads a stream without it as if it were whole.
/// </summary>
internal static class OggTail
{
    private const int LargestPage = 27 + 255 + (255 * 255);
    private const int FlagsAt = 5;
    private const int EndOfStream = 0x04;
    private const int SegmentCountAt = 26;

    private static ReadOnlySpan<byte> Capture => "OggS"u8;

    /// <summary>True if the file begins with a page.</summary>
    public static bool IsOgg(Stream stream)
    {
        Span<byte> start = stackalloc byte[4];
        stream.Position = 0;
        return stream.ReadAtLeast(start, 4, throwOnEndOfStream: false) == 4 && start.SequenceEqual(Capture);
    }

    /// <summary>True if the last page is whole and says that the stream ends with it.</summary>
    public static bool IsComplete(Stream stream)
    {
        // One largest page from the end there is the beginning of the last page, or the file is not Ogg to its end.
        var tail = new byte[(int)Math.Min(stream.Length, LargestPage)];
        stream.Position = stream.Length - tail.Length;
        stream.ReadExactly(tail);
        ReadOnlySpan<byte> page = tail.AsSpan(Math.Max(0, tail.AsSpan().LastIndexOf(Capture)));
        if (page.Length <= SegmentCountAt || page.Length < SegmentCountAt + 1 + page[SegmentCountAt])
        {
            return false;
        }

        var size = SegmentCountAt + 1 + page[SegmentCountAt];
        foreach (var segment in page.Slice(SegmentCountAt + 1, page[SegmentCountAt]))
        {
            size += segment;
        }

        return page.Length >= size && (page[FlagsAt] & EndOfStream) != 0;
    }
}
