using System.Text;

namespace SernetStream.Configuration.Yaml;

/// <summary>
/// Reads a small text to its end or to a limit, whichever comes first. A pipe, a FIFO and <c>/dev/stdin</c> have no length to
/// ask for, and <c>/dev/zero</c> has no end.
/// </summary>
internal static class BoundedText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads UTF-8 text, without a byte order mark.</summary>
    /// <param name="path">A file, FIFO or device.</param>
    /// <param name="limit">Most bytes it may have.</param>
    /// <returns>The text; null: it is longer.</returns>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or it is a folder.</exception>
    public static string? Read(string path, int limit)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var bytes = new byte[limit + 1];
        var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return count > limit ? null : Strict.GetString(bytes, 0, count).TrimStart('\uFEFF');
    }
}
