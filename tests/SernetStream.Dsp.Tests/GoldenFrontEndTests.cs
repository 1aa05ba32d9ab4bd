using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Dsp.Tests;

/// <summary>The NumPy front end's numbers (<c>tests/golden/front-end</c>, made by <c>training/sernet/golden.py</c>).</summary>
public class GoldenFrontEndTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public sealed record GoldenCase(
        string Name, string Preset, string Input, int Samples, string Mfcc, int Frames, int Coefficients);

    public static TheoryData<string> Names() => [.. Cases().Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Coefficients_agree_with_numpy(string name)
    {
        var golden = Cases().Single(c => c.Name == name);
        var options = FrontEndOptions.Presets.Single(p => p.Preset == golden.Preset);
        Assert.Equal((golden.Frames, golden.Coefficients), (options.FrameCount, options.Coefficients));

        var features = new float[options.FeatureCount];
        new SegmentFrontEnd(options).Compute(ReadSamples(golden), features);

        var expected = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(GoldenPath(golden.Mfcc)));
        Assert.InRange(Numbers.LargestDifference(expected, features), 0, 1e-3);
    }

    [Fact]
    public void Every_kind_of_signal_is_covered()
    {
        Assert.Subset(
            Cases().Select(c => c.Preset).ToHashSet(), FrontEndOptions.Presets.Select(p => p.Preset).ToHashSet());
        var segment = FrontEndOptions.LightSernet.SegmentLength;
        Assert.Contains(Cases(), c => c.Samples < segment);
        Assert.Contains(Cases(), c => c.Samples == segment);
        Assert.Contains(Cases(), c => c.Samples > segment);
    }

    private static GoldenCase[] Cases()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(GoldenPath("manifest.json")));
        return manifest.RootElement.ValueKind == JsonValueKind.Array
            ? manifest.RootElement.Deserialize<GoldenCase[]>(Json)!
            : manifest.RootElement.GetProperty("cases").Deserialize<GoldenCase[]>(Json)!;
    }

    private static float[] ReadSamples(GoldenCase golden)
    {
        var bytes = File.ReadAllBytes(GoldenPath(golden.Input)).AsSpan();
        var samples = new float[bytes.Length / sizeof(short)];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(i * sizeof(short))..]) / 32768f;
        }

        Assert.Equal(golden.Samples, samples.Length);
        return samples;
    }

    private static string GoldenPath(string file) => Repository.PathOf("tests", "golden", "front-end", file);
}
