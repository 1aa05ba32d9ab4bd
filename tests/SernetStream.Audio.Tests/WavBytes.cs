using System.Buffers.Binary;
using System.Text;

namespace SernetStream.Audio.Tests;

/// <summary>Writes WAV files byte by byte, so that headers can be wrong.</summary>
internal static class WavBytes
{
    private const int TagPcm = 1;
    private const int TagFloat = 3;

    /// <summary>A whole file of integer samples.</summary>
    /// <param name="interleaved">In −1..1; full scale is 2^(bits−1).</param>
    public static byte[] Pcm(int sampleRate, int channels, int bits, ReadOnlySpan<float> interleaved)
    {
        var data = new MemoryStream();
        Span<byte> bytes = stackalloc byte[8];
        foreach (var sample in interleaved)
        {
            var scale = Math.Pow(2, bits - 1);
            var value = (long)Math.Clamp(Math.Round(sample * scale), -scale, scale - 1);
            BinaryPrimitives.WriteInt64LittleEndian(bytes, bits == 8 ? value + 128 : value);
            data.Write(bytes[..(bits / 8)]);
        }

        return File(TagPcm, sampleRate, channels, bits, data.ToArray());
    }

    /// <summary>A whole file of 32-bit float samples.</summary>
    public static byte[] Float(int sampleRate, int channels, ReadOnlySpan<float> interleaved)
    {
        var data = new byte[interleaved.Length * 4];
        for (var i = 0; i < interleaved.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), interleaved[i]);
        }

        return File(TagFloat, sampleRate, channels, 32, data);
    }

    /// <summary>A whole file of 64-bit float samples.</summary>
    public static byte[] Double(int sampleRate, int channels, ReadOnlySpan<double> interleaved)
    {
        var data = new byte[interleaved.Length * 8];
        for (var i = 0; i < interleaved.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(data.AsSpan(8 * i), interleaved[i]);
        }

        return File(TagFloat, sampleRate, channels, 64, data);
    }

    /// <summary>The same file with other sizes in its header, as programs write them into a pipe.</summary>
    public static byte[] WithSizes(byte[] file, uint riffSize, uint dataSize)
    {
        var copy = file.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(4), riffSize);
        BinaryPrimitives.WriteUInt32LittleEndian(copy.AsSpan(40), dataSize);
        return copy;
    }

    private static byte[] File(int tag, int sampleRate, int channels, int bits, byte[] data)
    {
        var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        var frame = channels * bits / 8;
        writer.Write(Encoding.ASCII.GetBytes("RIFF"));
        writer.Write(36 + data.Length + (data.Length & 1));
        writer.Write(Encoding.ASCII.GetBytes("WAVEfmt "));
        writer.Write(16);
        writer.Write((short)tag);
        writer.Write((short)channels);
        writer.Write(sampleRate);
        writer.Write(sampleRate * frame);
        writer.Write((short)frame);
        writer.Write((short)bits);
        writer.Write(Encoding.ASCII.GetBytes("data"));
        writer.Write(data.Length);
        writer.Write(data);
        if (data.Length % 2 == 1)
        {
            writer.Write((byte)0);
        }

        return file.ToArray();
    }
}
