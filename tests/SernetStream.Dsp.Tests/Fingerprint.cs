using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SernetStream.Dsp.Resampling;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Tests;

/// <summary>
/// A hash of everything that the front end computes: of every preset, with every kind of output, and resampled from common
/// rates and odd ones. Equal hashes mean results that are equal to the bit.
/// </summary>
internal static class Fingerprint
{
    private const int ModelRate = 16_000;

    /// <summary>The hash of what this process computes.</summary>
    public static string Here(SimdMode mode = SimdMode.Fastest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var speech = Numbers.Speechlike(2 * ModelRate, seed: 11);
        foreach (var preset in FrontEndOptions.Presets)
        {
            foreach (var output in Enum.GetValues<FeatureKind>())
            {
                var options = preset with { Output = output, SegmentSeconds = 1 };
                var features = new float[options.FeatureCount];
                new SegmentFrontEnd(options, mode).Compute(speech.AsSpan(0, options.SegmentLength), features);
                hash.AppendData(MemoryMarshal.AsBytes(features.AsSpan()));
            }
        }

        // The last has more fractions than a table has rows for: its rows are interpolated.
        foreach (var rate in (int[])[8_000, 44_100, 48_000, 44_101])
        {
            var resampler = new StreamingResampler(rate, ModelRate);
            var resampled = new float[resampler.MaxOutput(speech.Length)];
            var written = resampler.Process(speech, resampled, out _);
            hash.AppendData(MemoryMarshal.AsBytes(resampled.AsSpan(0, written)));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
