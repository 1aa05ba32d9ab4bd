using System.Globalization;

namespace SernetStream.Native.Tests;

public class ProgramPagesTests
{
    /// <summary>Code, a table that the loader has written addresses into, data, memory, and a page of the kernel's.</summary>
    private const string Listed = """
        7f1c24000000-7f1c24021000 r-xp 00012000 fe:00 1234                       /usr/lib/with a blank/libonnxruntime.so
        Size:                132 kB
        Rss:                 100 kB
        Anonymous:             0 kB
        VmFlags: rd ex mr mw me
        7f1c24021000-7f1c24022000 r--p 00033000 fe:00 1234                       /usr/lib/with a blank/libonnxruntime.so
        Rss:                   4 kB
        Anonymous:             4 kB
        7f1c24022000-7f1c24023000 rw-p 00034000 fe:00 1234                       /usr/lib/with a blank/libonnxruntime.so
        Rss:                   4 kB
        Anonymous:             0 kB
        7f1c25000000-7f1c25021000 r--p 00000000 00:00 0
        Rss:                   8 kB
        Anonymous:             0 kB
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
        Rss:                   0 kB
        Anonymous:             0 kB
        """;

    [Fact]
    public void Only_what_is_as_in_the_file_is_given_back()
    {
        var mappings = ProgramPages.Mapping.Read(Listed.Split('\n')).ToList();

        Assert.Equal(5, mappings.Count);
        var program = Assert.Single(mappings, mapping => mapping.IsProgram);
        Assert.Equal(
            new ProgramPages.Mapping(unchecked((nint)0x7f1c24000000), 0x21000, "r-xp", "/usr/lib/with a blank/libonnxruntime.so", 100 * 1024, 0), program);
    }

    [Fact]
    public void What_is_given_back_leaves_the_process_and_what_is_needed_comes_again()
    {
        var before = ResidentFileBytes();
        var given = ProgramPages.GiveBack();
        var after = ResidentFileBytes();

        Assert.InRange(given, 1, long.MaxValue);
        Assert.InRange(after, 1, before - 1);
        Assert.Equal("1, 2, 3", string.Join(", ", Enumerable.Range(1, 3).Select(number => number.ToString(CultureInfo.InvariantCulture))));
    }

    private static long ResidentFileBytes() => 1024 * long.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("RssFile:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
        CultureInfo.InvariantCulture);
}
