using System.Buffers.Binary;
using System.Text;

namespace SernetStream.Packaging.Tests.Arm;

/// <summary>
/// The library versions that a 64-bit little-endian ELF file needs, from its section of type SHT_GNU_verneed (Linux
/// Standard Base, section 10.7.3).
/// </summary>
internal static class ElfVersions
{
    private const uint VersionsNeeded = 0x6ffffffe;
    private const int SectionHeaderSize = 64;

    /// <summary>Reads the version names, such as <c>GLIBC_2.17</c>, for each library.</summary>
    public static IReadOnlyList<(string Library, string Version)> Needed(string path)
    {
        var file = File.ReadAllBytes(path);
        Assert.Equal([0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1], file[..6]);
        var sections = Enumerable.Range(0, Half(file, 0x3C)).Select(i => (int)Long(file, 0x28) + (i * SectionHeaderSize)).ToList();
        var header = sections.Single(section => Word(file, section + 4) == VersionsNeeded);
        var entries = (int)Long(file, header + 0x18);
        var count = (int)Word(file, header + 0x2C);
        var strings = (int)Long(file, sections[(int)Word(file, header + 0x28)] + 0x18);
        var needed = new List<(string, string)>();
        for (var entry = entries; count > 0; count--, entry += (int)Word(file, entry + 12))
        {
            var library = Text(file, strings + (int)Word(file, entry + 4));
            var version = entry + (int)Word(file, entry + 8);
            for (var left = Half(file, entry + 2); left > 0; left--, version += (int)Word(file, version + 12))
            {
                needed.Add((library, Text(file, strings + (int)Word(file, version + 8))));
            }
        }

        return needed;
    }

    /// <summary>The processor, <c>e_machine</c>: 0x3E for x86-64, 0xB7 for AArch64.</summary>
    public static int Machine(string path)
    {
        using var stream = File.OpenRead(path);
        var header = new byte[20];
        stream.ReadExactly(header);
        return Half(header, 0x12);
    }

    private static ushort Half(byte[] file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));

    private static uint Word(byte[] file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));

    private static ulong Long(byte[] file, int at) => BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));

    private static string Text(byte[] file, int at) => Encoding.ASCII.GetString(file.AsSpan(at, file.AsSpan(at).IndexOf((byte)0)));
}
