using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SernetStream.Pipeline.Tests;

/// <summary>
/// A signal that can be found again in the memory of this process, and the search for it. Each sample is the one before
/// it plus a constant, modulo 65536, so that any piece of it is known by its differences alone.
/// </summary>
internal static class SoundInMemory
{
    private const int Increment = 40503;
    private const int BlockBytes = 1 << 20;

    /// <summary>Writes the samples of the signal from a place on.</summary>
    public static void Fill(Span<float> samples, long from)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = (short)unchecked((ushort)((from + i) * Increment)) / 32768f;
        }
    }

    /// <summary>The most samples of the signal that lie in a row anywhere in the memory, as 32-bit floats or as 16 bits.</summary>
    public static int LongestRun()
    {
        // Where it is read to is left out, and cleared at the end: the next search would find it.
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
            // A page that is no memory, such as a device's.
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

    /// <summary>Samples so far, each of which follows the one before.</summary>
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
