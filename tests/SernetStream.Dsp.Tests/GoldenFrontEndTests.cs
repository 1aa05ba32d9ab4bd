using System.Runtime.InteropServices;
using System.Text.Json;
using SernetStream.Testing;

namespace SernetStream.Dsp.Tests;

/// <summary>The results of the NumPy front end (<c>tests/golden/front-end</c>, made by <c>training/sernet/golden.py</c>).</summary>
public class GoldenFrontEndTests
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public sealed record GoldenCase(
        string Name,
        string Preset,
        string Input,
        int Samples,
        string Mfcc,
        int Frames,
        int Coefficients,
        JsonElement? FrontEnd = null)
    {
        /// <summary>The preset, with the fields that the case changes.</summary>
        public FrontEndOptions Options => FrontEnd is { } frontEnd
            ? FrontEndJson.Read(frontEnd)
            : FrontEndOptions.Presets.Single(preset => preset.Preset == Preset);
    }

    public static TheoryData<string> Names() => [.. Cases().Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Coefficients_agree_with_numpy(string name)
    {
        var golden = Cases().Single(c => c.Name == name);
        var options = golden.Options;
        Assert.Equal((golden.Frames, golden.Coefficients), (options.FrameCount, options.FrameFeatures));

        var samples = GoldenSignal.Read(golden.Input);
        Assert.Equal(golden.Samples, samples.Length);
        var features = new float[options.FeatureCount];
        new SegmentFrontEnd(options).Compute(samples, features);

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

    private static GoldenCase[] Cases() =>
        JsonSerializer.Deserialize<GoldenCase[]>(File.ReadAllBytes(GoldenPath("manifest.json")), Json)!;

    private static string GoldenPath(string file) => Repository.PathOf("tests", "golden", "front-end", file);
}
