using System.Globalization;

namespace SernetStream.Native;

/// <summary>
/// The pages of program files that the process has mapped. Most of those that the start touches (registering kernels, reading
/// relocations, the command line) are never touched again.
/// </summary>
public static class ProgramPages
{
    private const string Maps = "/proc/self/smaps";

    /// <summary>
    /// Gives all of them back. What is still needed comes again from the system's cache of the file, 64 KiB at a time and without
    /// reading from the disk, unless memory is so short that the system has dropped it there too. Linux; elsewhere nothing happens.
    /// </summary>
    /// <returns>How many bytes were given back.</returns>
    public static long GiveBack()
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(Maps))
        {
            return 0;
        }

        var bytes = 0L;
        foreach (var mapping in Mapping.Read(File.ReadLines(Maps)).Where(mapping => mapping.IsProgram).ToList())
        {
            if (LibcNative.Advise(mapping.Start, mapping.Length, LibcNative.AdviceNotNeeded) == 0)
            {
                bytes += mapping.ResidentBytes;
            }
        }

        return bytes;
    }

    /// <summary>A range of addresses, as the system lists them.</summary>
    /// <param name="Start">Its first address.</param>
    /// <param name="Length">Its bytes.</param>
    /// <param name="Rights">Such as <c>r-xp</c>.</param>
    /// <param name="File">What is mapped there; empty for memory.</param>
    /// <param name="ResidentBytes">What of it is in memory.</param>
    /// <param name="OwnBytes">What of it was changed and differs from the file; it would be lost.</param>
    internal sealed record Mapping(nint Start, nuint Length, string Rights, string File, long ResidentBytes, long OwnBytes)
    {
        private const int Columns = 6;

        /// <summary>
        /// Whether its pages are those of a file, to the last bit. Tables of addresses are not, though nobody may write to them:
        /// the loader has, before it took the right away.
        /// </summary>
        public bool IsProgram => File.StartsWith('/') && Rights is ("r-xp" or "r--p") && OwnBytes == 0 && ResidentBytes > 0;

        /// <summary>Reads the list.</summary>
        public static IEnumerable<Mapping> Read(IEnumerable<string> lines)
        {
            Mapping? mapping = null;
            foreach (var line in lines)
            {
                if (char.IsAsciiHexDigitLower(line[0]))
                {
                    if (mapping is not null)
                    {
                        yield return mapping;
                    }

                    mapping = Parse(line);
                }
                else if (line.StartsWith("Rss:", StringComparison.Ordinal))
                {
                    mapping = mapping! with { ResidentBytes = Bytes(line) };
                }
                else if (line.StartsWith("Anonymous:", StringComparison.Ordinal))
                {
                    mapping = mapping! with { OwnBytes = Bytes(line) };
                }
            }

            if (mapping is not null)
            {
                yield return mapping;
            }
        }

        private static Mapping Parse(string line)
        {
            // 7f1c24000000-7f1c24021000 r-xp 00012000 fe:00 1234   /usr/lib/…
            var columns = line.Split(' ', Columns, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var range = columns[0].Split('-');
            var (start, end) = (Address(range[0]), Address(range[1]));
            return new Mapping(start, (nuint)(end - start), columns[1], columns.Length < Columns ? "" : columns[^1], 0, 0);
        }

        private static nint Address(string text) => (nint)ulong.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        private static long Bytes(string line) =>
            1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
