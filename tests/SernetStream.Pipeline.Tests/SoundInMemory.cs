using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SernetStream.Pipeline.Tests;

/// <summary>
/// A signal that can be recognised in the memory of this process, and the search for it. Each sample is the previous one
/// plus a constant, modulo 65536, so the differences alone identify any part of it.
/// </summary>
internal static class SoundInMemory
{
    private const int Increment = 40503;
    private const int BlockBytes = 1 << 20;

    /// <summary>Writes the samples of the signal from a position on.</summary>
    public static void Fill(Span<float> samples, long from)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = (short)unchecked((ushort)((from + i) * Increment)) / 32768f;
        }
    }

    /// <summary>The longest run of the signal anywhere in memory, as 32-bit floats or 16-bit integers.</summary>
    public static int LongestRun()
    {
        // The search skips its own buffer and clears it at the end, or the next search would find it.
        var block = GC.AllocateArray<byte>(BlockBytes, pinned: true);
        var own = Marshal.UnsafeAddrOfPinnedArrayElement(block, 0);
        using var memory = File.OpenHandle("/proc/self/mem");
        var longest = 0;
        foreach (var (from, to) in Writable().SelectMany(all => Array.FindAll(
            [(all.From, Math.Min(all.To, own)), (Math.Max(all.From, own + BlockBytes), all.To)], part => part.Item1 < part.Item2)))
        {
            var (floats, shorts) = (new Run(), new Run());
            for (var at = from; at < to; at += BlockBytes)
            {
                var count = (int)Math.Min(BlockBytes, to - at);
                if (!TryRead(memory, block.AsSpan(0, count), at))
                {
                    (floats, shorts) = (new Run(), new Run());
                    continue;
                }

                foreach (var value in MemoryMarshal.Cast<byte, float>(block.AsSpan(0, count)))
                {
                    var scaled = value * 32768f;
                    var isSample = scaled is >= -32768 and <= 32767 && scaled == (int)scaled;
                    longest = Math.Max(longest, floats.Add(isSample ? (int)scaled : null));
                }

                foreach (var value in MemoryMarshal.Cast<byte, short>(block.AsSpan(0, count)))
                {
                    longest = Math.Max(longest, shorts.Add(value));
                }
            }
        }

        Array.Clear(block);
        return longest;
    }

    private static bool TryRead(SafeFileHandle memory, Span<byte> block, long at)
    {
        try
        {
            return RandomAccess.Read(memory, block, at) == block.Length;
        }
        catch (IOException)
        {
            // A page that cannot be read, such as a device's.
            return false;
        }
    }

    private static List<(long From, long To)> Writable() =>
    [
        .. from line in File.ReadLines("/proc/self/maps")
           let fields = line.Split(' ')
           where fields[1].StartsWith("rw", StringComparison.Ordinal)
           let ends = fields[0].Split('-')
           select (long.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
               long.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
    ];

    /// <summary>The length of the current run of the signal.</summary>
    private struct Run
    {
        private int? _last;
        private int _length;

        public int Add(int? sample)
        {
            var follows = sample is { } value && _last is { } last && (ushort)(value - last) == Increment;
            _length = follows ? _length + 1 : 0;
            _last = sample;
            return _length;
        }
    }
}
