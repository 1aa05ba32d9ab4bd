using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using SernetStream.Dsp;

// Computes each golden file of the front end (the argument is their folder) and says how far it is off; exit code 1 if one is too far.
const double Bound = 1e-3;
var folder = args[0];
using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "manifest.json")));
var most = 0.0;
var cases = 0;
foreach (var golden in manifest.RootElement.EnumerateArray())
{
    var options = golden.TryGetProperty("frontEnd", out var frontEnd)
        ? FrontEndJson.Read(frontEnd)
        : FrontEndOptions.Presets.Single(preset => preset.Preset == Text(golden, "preset"));
    var input = File.ReadAllBytes(Path.Combine(folder, Text(golden, "input")));
    var samples = new float[input.Length / sizeof(short)];
    for (var i = 0; i < samples.Length; i++)
    {
        samples[i] = BinaryPrimitives.ReadInt16LittleEndian(input.AsSpan(i * sizeof(short))) / 32768f;
    }

    var features = new float[options.FeatureCount];
    new SegmentFrontEnd(options).Compute(samples, features);
    var expected = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(folder, Text(golden, "mfcc"))));
    if (expected.Length != features.Length)
    {
        Console.Error.WriteLine($"{Text(golden, "name")}: {features.Length} numbers where there are {expected.Length}");
        return 1;
    }

    for (var i = 0; i < features.Length; i++)
    {
        // Not Math.Max: what is not a number must not pass.
        var difference = Math.Abs(features[i] - expected[i]);
        if (!(difference <= Bound))
        {
            Console.Error.WriteLine($"{Text(golden, "name")}: number {i} is {features[i]} instead of {expected[i]}");
            return 1;
        }

        most = Math.Max(most, difference);
    }

    cases++;
}

Console.WriteLine($"{cases} golden files within {most:0.0e+0}, vectors of {Vector<byte>.Count * 8} bits");
return cases > 0 ? 0 : 1;

static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
