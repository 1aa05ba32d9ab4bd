using System.Buffers.Binary;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>Three seconds of speech.</summary>
internal static class SpokenSample
{
    public static float[] Samples { get; } =
    [
        .. File.ReadAllBytes(Repository.PathOf("tests", "golden", "front-end", "spoken.s16"))
            .Chunk(2)
            .Select(pair => BinaryPrimitives.ReadInt16LittleEndian(pair) / 32768f),
    ];
}
