using FsCheck;
using FsCheck.Fluent;
using SernetStream.Dsp.Levels;
using SernetStream.Dsp.Tests.Levels;

namespace SernetStream.Dsp.Tests;

/// <summary>Properties for every chunking, front end and window.</summary>
public class StreamingFrontEndProperties
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(40);

    private static readonly FrontEndOptions[] FrontEnds =
    [
        FrontEndOptions.LightSernet with { SegmentSeconds = 0.5 },
        FrontEndOptions.LightSernetPaper with { SegmentSeconds = 0.5, HopLength = 300 },
        FrontEndOptions.TimNet with { SegmentSeconds = 0.5 },
        FrontEndOptions.TimNet with { SegmentSeconds = 0.5, Framing = FramingKind.CentredReflect, HopLength = 700 },
        FrontEndOptions.LightSernet with { SegmentSeconds = 0.5, Output = FeatureKind.LogMel, Level = LevelKind.None },
        FrontEndOptions.LightSernet with { SegmentSeconds = 0.2, Output = FeatureKind.Spectrogram },
    ];

    private static readonly Gen<FrontEndOptions> FrontEnd = Gen.Elements(FrontEnds);

    /// <summary>Sizes from one sample to more than a segment; small ones are more likely.</summary>
    private static readonly Gen<int[]> Chunks = Gen.NonEmptyListOf(
        Gen.Frequency((3, Gen.Choose(1, 7)), (3, Gen.Choose(1, 1100)), (1, Gen.Choose(1, 20000)))).Select(sizes => sizes.ToArray());

    [Fact]
    public void Energies_are_those_of_the_whole_bit_for_bit_whatever_the_chunks() =>
        Check.One(Quick, Prop.ForAll(FrontEnd.ToArbitrary(), Chunks.ToArbitrary(), (options, chunks) =>
        {
            var samples = Numbers.Speechlike(30_000, seed: chunks.Length);
            var whole = new StreamingFrontEnd(options, extraHistory: 30_000);
            whole.Write(samples);
            var stream = new StreamingFrontEnd(options, extraHistory: 30_000);
            WriteInChunks(stream, samples, chunks);
            var first = options.Framing == FramingKind.Whole ? 0 : options.FrameLength / 2;
            first = (first + options.HopLength - 1) / options.HopLength * options.HopLength;
            for (var at = first; at + options.FrameLength <= samples.Length; at += options.HopLength)
            {
                if (!Same(whole.Energies(at), stream.Energies(at)))
                {
                    return false;
                }
            }

            return stream.Position == samples.Length;
        }));

    [Fact]
    public void A_cut_window_is_that_of_the_batch() =>
        Check.One(Quick, Prop.ForAll(
            FrontEnd.ToArbitrary(), Chunks.ToArbitrary(), Gen.Choose(1, 1_000_000).ToArbitrary(), (options, chunks, place) =>
        {
            var samples = Numbers.Speechlike(40_000, seed: place);
            var stream = new StreamingFrontEnd(options, extraHistory: 40_000);
            WriteInChunks(stream, samples, chunks);
            var start = place % (samples.Length / options.HopLength) * options.HopLength;
            var length = Math.Min(1 + (place % options.SegmentLength), samples.Length - start);
            var (expected, actual) = (new float[options.FeatureCount], new float[options.FeatureCount]);
            new SegmentFrontEnd(options) { Clips = false }.Compute(
                samples.AsSpan(start, length), StreamingFrontEnd.ZerosBefore(options, length), expected);
            stream.Cut(start, start + length, actual);
            return Numbers.LargestDifference(expected, actual) <= 1e-5 * Math.Max(1, expected.Max(Math.Abs));
        }));

    [Fact]
    public void The_level_is_numpys_percentile_of_every_window() =>
        Check.One(Quick, Prop.ForAll(Gen.Choose(1, 1_000_000).ToArbitrary(), seed =>
        {
            // The loudness jumps, so the level of the window before is a wrong guess in both directions.
            var random = new Random(seed);
            var options = FrontEndOptions.LightSernet;
            var samples = Numbers.Noise(200_000, seed);
            for (var from = 0; from < samples.Length; from += 9000)
            {
                var loudness = MathF.Pow(10, -6 * (float)random.NextDouble());
                foreach (ref var sample in samples.AsSpan(from, Math.Min(9000, samples.Length - from)))
                {
                    sample = random.Next(20) == 0 ? 0 : sample * loudness;
                }
            }

            var peaks = new BlockPeaks(200_000);
            peaks.Append(samples);
            var level = new SegmentLevel(options);
            for (var i = 0; i < 10; i++)
            {
                var start = random.Next(0, 150_000);
                var window = samples.AsSpan(start, random.Next(1, options.SegmentLength + 1));
                var expected = SegmentLevelTests.PercentileBySorting(window.ToArray(), options.SegmentLength);
                var gain = level.GainOf(window, start, peaks);
                if (expected > 0 ? Math.Abs((gain * expected) - 1) > 1e-6 : gain != 1)
                {
                    return false;
                }
            }

            return true;
        }));

    private static void WriteInChunks(StreamingFrontEnd stream, ReadOnlySpan<float> samples, int[] chunks)
    {
        for (var i = 0; samples.Length > 0; i++)
        {
            var part = Math.Min(chunks[i % chunks.Length], samples.Length);
            stream.Write(samples[..part]);
            samples = samples[part..];
        }
    }

    private static bool Same(ReadOnlySpan<float> a, ReadOnlySpan<float> b) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(a).SequenceEqual(
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(b));
}
