using System.Buffers.Binary;

namespace SernetStream.Testing;

/// <summary>The inputs of the golden files: raw 16-bit samples at 16 kHz, mono.</summary>
public static class GoldenSignal
{
    /// <summary>Three seconds of the spoken sample.</summary>
    public static float[] Spoken { get; } = Read("spoken.s16");

    /// <summary>Reads an input of <c>tests/golden/front-end</c> as samples in −1..1.</summary>
    public static float[] Read(string file)
    {
        var bytes = File.ReadAllBytes(Repository.PathOf("tests", "golden", "front-end", file)).AsSpan();
        var samples = new float[bytes.Length / sizeof(short)];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(i * sizeof(short))..]) / 32768f;
        }

        return samples;
    }
}
