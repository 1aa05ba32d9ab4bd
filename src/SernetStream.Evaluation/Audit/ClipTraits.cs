using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SernetStream.Dsp;
using SernetStream.Dsp.Transforms;
using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.Audit;

/// <summary>Properties of a recording apart from its speech. None of them should predict the emotion.</summary>
public sealed record ClipTraits
{
    private const int FrameLength = 512;

    /// <summary>Share of the energy that lies below <see cref="BandwidthHz"/>.</summary>
    private const double EnergyShare = 0.995;

    /// <summary>So close to the peak is clipped, if that many samples in a row are.</summary>
    private const float ClippedAt = 0.995f;

    private const int ClippedRun = 3;

    private const float LeastPower = 1e-30f;

    /// <summary>Length of the recording.</summary>
    public required double Seconds { get; init; }

    /// <summary>Mean power of all samples, in decibels of full scale.</summary>
    public required double LevelDb { get; init; }

    /// <summary>The largest sample, in decibels of full scale.</summary>
    public required double PeakDb { get; init; }

    /// <summary>Below this frequency lie 99.5 % of the energy.</summary>
    public required double BandwidthHz { get; init; }

    /// <summary>Share of the samples that lie at the peak, three or more in a row.</summary>
    public required double ClippedShare { get; init; }

    /// <summary>Before anybody speaks (<see cref="SpeechExtent"/>).</summary>
    public required double LeadingSeconds { get; init; }

    /// <summary>After everybody spoke.</summary>
    public required double TrailingSeconds { get; init; }

    /// <summary>Samples a second, as the file has them.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Whether every sample is zero.</summary>
    public required bool IsSilent { get; init; }

    /// <summary>The same for recordings with the same samples, and for no others.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Measures the samples of a file, at its own rate.</summary>
    public static ClipTraits Of(ReadOnlySpan<float> samples, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        var peak = 0f;
        foreach (var sample in samples)
        {
            peak = Math.Max(peak, Math.Abs(sample));
        }

        var (start, end) = SpeechExtent.Of(samples, sampleRate);
        return new ClipTraits
        {
            Seconds = (double)samples.Length / sampleRate,
            LevelDb = Decibels(SpeechExtent.Power(samples)),
            PeakDb = Decibels(peak * (double)peak),
            BandwidthHz = Bandwidth(samples, sampleRate),
            ClippedShare = Clipped(samples, peak),
            LeadingSeconds = (double)start / sampleRate,
            TrailingSeconds = (double)(samples.Length - end) / sampleRate,
            SampleRate = sampleRate,
            IsSilent = peak == 0,
            Fingerprint = Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(samples))),
        };
    }

    private static double Decibels(double power) => 10 * Math.Log10(Math.Max(power, 1e-12));

    private static double Clipped(ReadOnlySpan<float> samples, float peak)
    {
        var (run, clipped) = (0, 0);
        foreach (var sample in samples)
        {
            run = peak > 0 && Math.Abs(sample) >= ClippedAt * peak ? run + 1 : 0;
            clipped += run < ClippedRun ? 0 : run == ClippedRun ? ClippedRun : 1;
        }

        return samples.IsEmpty ? 0 : (double)clipped / samples.Length;
    }

    private static double Bandwidth(ReadOnlySpan<float> samples, int sampleRate)
    {
        double[] taper = [.. Enumerable.Range(0, FrameLength).Select(i => 0.5 - (0.5 * Math.Cos(2 * Math.PI * i / FrameLength)))];
        var spectra = new FrameSpectra(taper, FrameLength, FrameLength, SpectrumKind.Power);
        var power = new float[spectra.BinCount];
        var sum = new double[spectra.BinCount];
        for (var at = 0; at + FrameLength <= samples.Length; at += FrameLength)
        {
            spectra.Apply(samples.Slice(at, FrameLength), 1, power);
            for (var bin = 0; bin < sum.Length; bin++)
            {
                // Silence has no bandwidth: a power so small is only there to be none of the numbers that processors are slow with.
                sum[bin] += power[bin] < LeastPower ? 0 : power[bin];
            }
        }

        var wanted = EnergyShare * sum.Sum();
        var (below, total) = (0, 0.0);
        while (below < sum.Length && (total += sum[below]) < wanted)
        {
            below++;
        }

        return (double)Math.Min(below, sum.Length - 1) * sampleRate / FrameLength;
    }
}
