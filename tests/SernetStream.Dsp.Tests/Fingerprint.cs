using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SernetStream.Dsp.Resampling;
using SernetStream.Dsp.Simd;

namespace SernetStream.Dsp.Tests;

/// <summary>
/// A hash of all results of the front end: every preset and kind of output, resampled from common and odd rates. If the
/// hashes are equal, the results are equal to the bit.
/// </summary>
internal static class Fingerprint
{
    private const int ModelRate = 16_000;

    /// <summary>The hash of this process's results.</summary>
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

        // The last rate has more fractions than the table has rows, so its rows are interpolated.
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
