using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace SernetStream.Audio.Streams;

/// <summary>How samples lie in bytes; little-endian but for one.</summary>
public enum PcmEncoding
{
    /// <summary>Unsigned 8 bit.</summary>
    Unsigned8,

    /// <summary>Signed 16 bit.</summary>
    Signed16,

    /// <summary>Signed 24 bit, packed.</summary>
    Signed24,

    /// <summary>Signed 32 bit.</summary>
    Signed32,

    /// <summary>32-bit float, −1..1.</summary>
    FloatingPoint32,

    /// <summary>8 bit of telephony by ITU-T G.711, A-law.</summary>
    ALaw,

    /// <summary>8 bit of telephony by ITU-T G.711, µ-law.</summary>
    MuLaw,

    /// <summary>Signed 16 bit, big-endian, as packets of the network carry it (L16 of RFC 3551).</summary>
    Signed16Network,
}

/// <summary>Raw samples as bytes.</summary>
public static class Pcm
{
    /// <summary>Bytes of one sample.</summary>
    public static int BytesPerSample(PcmEncoding encoding) => encoding switch
    {
        PcmEncoding.Unsigned8 or PcmEncoding.ALaw or PcmEncoding.MuLaw => 1,
        PcmEncoding.Signed16 or PcmEncoding.Signed16Network => 2,
        PcmEncoding.Signed24 => 3,
        PcmEncoding.Signed32 or PcmEncoding.FloatingPoint32 => 4,
        _ => throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "There is no such encoding."),
    };

    /// <summary>Converts whole samples to −1..1.</summary>
    /// <param name="bytes">The samples; bytes beyond the last whole one are left alone.</param>
    /// <param name="encoding">How they lie.</param>
    /// <param name="samples">At least as many as there are whole samples.</param>
    /// <returns>Samples written. A float that is not finite becomes 0.</returns>
    public static int ToFloat(ReadOnlySpan<byte> bytes, PcmEncoding encoding, Span<float> samples)
    {
        var size = BytesPerSample(encoding);
        var count = bytes.Length / size;
        for (var i = 0; i < count; i++)
        {
            samples[i] = One(bytes.Slice(i * size, size), encoding);
        }

        return count;
    }

    private static float One(ReadOnlySpan<byte> bytes, PcmEncoding encoding) => encoding switch
    {
        PcmEncoding.Unsigned8 => (bytes[0] - 128) / 128f,
        PcmEncoding.Signed16 => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32_768f,
        PcmEncoding.Signed16Network => BinaryPrimitives.ReadInt16BigEndian(bytes) / 32_768f,
        PcmEncoding.Signed24 => (bytes[0] | (bytes[1] << 8) | ((sbyte)bytes[2] << 16)) / 8_388_608f,
        PcmEncoding.Signed32 => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2_147_483_648f,
        PcmEncoding.ALaw => ALaw(bytes[0]) / 32_768f,
        PcmEncoding.MuLaw => MuLaw(bytes[0]) / 32_768f,
        _ => MemoryMarshal.Read<float>(bytes) is var value && float.IsFinite(value) ? value : 0,
    };

    /// <summary>G.711, table 1: even bits inverted, then sign, exponent and mantissa; scaled to 16 bit.</summary>
    private static int ALaw(byte code)
    {
        var value = code ^ 0x55;
        var (exponent, mantissa) = ((value >> 4) & 7, ((value & 15) << 4) + 8);
        var magnitude = exponent == 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
        return (value & 0x80) != 0 ? magnitude : -magnitude;
    }

    /// <summary>G.711, table 2: all bits inverted, then sign, exponent and mantissa with a bias of 33; scaled to 16 bit.</summary>
    private static int MuLaw(byte code)
    {
        var value = ~code;
        var magnitude = ((((value & 15) << 3) + 0x84) << ((value >> 4) & 7)) - 0x84;
        return (value & 0x80) != 0 ? -magnitude : magnitude;
    }
}
