using System.Text;

namespace SernetStream.Testing;

/// <summary>Configuration files damaged as by a typing error, a bad SD card or an attacker.</summary>
public static class DamagedConfiguration
{
    private static readonly byte[][] Scraps =
    [
        .. new[]
        {
            "[", "]", "{", "}", ":", ": ", "#", "&a", "*a", "!t", "- ", "? ", "|", ">", "'", "\"", "\\", "\n", "\t", "---\n", "...\n",
            "%YAML 9.9\n", "null", "~", "-1", "1e999", ".inf", ".nan", "0x10", "true", "\u0000", "\u2028", "\uFEFF", "  ", "<<: ",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC3], [0xED, 0xA0, 0x80],
    ];

    /// <summary>The file that gets damaged: it sets everything to its default.</summary>
    public static byte[] Whole() => Encoding.UTF8.GetBytes(string.Join('\n', File.ReadLines(Repository.PathOf("configs", "sernetd.yaml"))
        .Select(line => line.TrimStart() is ['#', not ' ', ..] ? line.Replace("#", "", StringComparison.Ordinal) : line)
        .Where(line => !line.TrimStart().StartsWith('#'))));

    /// <summary>The file with one to three damages: bytes changed, removed or repeated, or scraps of YAML inserted.</summary>
    public static byte[] Damage(byte[] whole, Random random)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(random);
        var bytes = whole.ToList();
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.InsertRange(at, Scraps[random.Next(Scraps.Length)]);
                    break;
                case 4 when random.Next(10) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes[at] = (byte)('0' + random.Next(10));
                    break;
            }

            if (bytes.Count == 0)
            {
                break;
            }
        }

        return [.. bytes];
    }
}
