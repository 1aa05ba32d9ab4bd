using SernetStream.Audio.Files;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>The input of the front-end benchmarks: <c>samples/spoken.flac</c>, 16 kHz.</summary>
internal static class SpokenSample
{
    /// <summary>Frames of 16 ms in a run of the frame benchmarks.</summary>
    public const int FrameCount = 128;

    /// <summary>Hops of 256 ms in a run of the window benchmarks.</summary>
    public const int HopCount = 48;

    private static readonly float[] Samples = AudioFile.ReadAll(Repository.PathOf("samples", "spoken.flac")).Samples;

    /// <summary>Its first samples.</summary>
    public static float[] Take(int count) => Samples[..count];
}
