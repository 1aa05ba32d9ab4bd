using BenchmarkDotNet.Attributes;
using SernetStream.Dsp;
using SernetStream.Dsp.Levels;
using SernetStream.Dsp.Simd;
using SernetStream.Dsp.Tests;
using SernetStream.Dsp.Transforms;

namespace SernetStream.Benchmarks;

/// <summary>
/// A frame of 16 ms through the streaming front end, from samples to 40 coefficients: with vectors, with scalars, and with
/// samples so small that processors are slow with them (subnormal numbers). Frames come sixteen at a time, as for a window
/// a hop of 256 ms later than the one before; and one by one.
/// </summary>
[BenchmarkCategory("frame")]
public class FrameBenchmarks
{
    private const int FramesOfHop = 16;
    private static readonly FrontEndOptions Options = FrontEndOptions.LightSernet;
    private static readonly float[] Speech = SpokenSample.Take(SpokenSample.FrameCount * Options.HopLength);
    private static readonly float[] Overlapping = SpokenSample.Take(Speech.Length + Options.FrameLength);
    private static readonly float[] Denormal = Array.ConvertAll(Speech, sample => sample * 1e-38f);
    private readonly StreamingFrontEnd _vectors = new(Options);
    private readonly StreamingFrontEnd _scalars = new(Options, mode: SimdMode.Scalar);
    private readonly NWavesFrontEnd _nwaves = new(Options);
    private readonly FeatureTransform _features = new(Options);
    private readonly FeatureTransform _scalarFeatures = new(Options, SimdMode.Scalar);
    private readonly float[] _coefficients = new float[Options.Coefficients];

    [GlobalSetup]
    public void Setup()
    {
        // First a whole frame; after it, every hop completes one.
        _vectors.Write(Speech.AsSpan(0, Options.FrameLength));
        _scalars.Write(Speech.AsSpan(0, Options.FrameLength));
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = SpokenSample.FrameCount)]
    public float ScalarReference() => Run(_scalars, _scalarFeatures, Speech, FramesOfHop);

    [Benchmark(OperationsPerInvoke = SpokenSample.FrameCount)]
    public float Vectors() => Run(_vectors, _features, Speech, FramesOfHop);

    [Benchmark(OperationsPerInvoke = SpokenSample.FrameCount)]
    public float VectorsOneByOne() => Run(_vectors, _features, Speech, 1);

    [Benchmark(OperationsPerInvoke = SpokenSample.FrameCount)]
    public float VectorsOfDenormals() => Run(_vectors, _features, Denormal, FramesOfHop);

    /// <summary>The alternative: a front end of NWaves' FFT, mel bank and DCT (<see cref="NWavesFrontEnd"/>).</summary>
    [Benchmark(OperationsPerInvoke = SpokenSample.FrameCount)]
    public float NWaves()
    {
        var sum = 0f;
        for (var i = 0; i < SpokenSample.FrameCount; i++)
        {
            sum += _nwaves.Frame(Overlapping.AsSpan(i * Options.HopLength, Options.FrameLength))[0];
        }

        return sum;
    }

    private float Run(StreamingFrontEnd stream, FeatureTransform features, ReadOnlySpan<float> samples, int framesAtOnce)
    {
        var hop = Options.HopLength;
        for (var block = framesAtOnce * hop; samples.Length > 0; samples = samples[block..])
        {
            stream.Write(samples[..block]);
            for (var frame = stream.Position - Options.FrameLength - block + hop; frame + Options.FrameLength <= stream.Position; frame += hop)
            {
                features.Apply(stream.Energies(frame), 2, 0, _coefficients);
            }
        }

        return _coefficients[0];
    }
}

/// <summary>The cost of a hop of 256 ms: computing its whole three-second window, or only the new part.</summary>
[BenchmarkCategory("window")]
public class WindowBenchmarks
{
    private const int Hop = 4096;
    private static readonly FrontEndOptions Options = FrontEndOptions.LightSernet;
    private static readonly float[] Speech = SpokenSample.Take((SpokenSample.HopCount * Hop) + Options.SegmentLength);
    private readonly SegmentFrontEnd _batch = new(Options);
    private readonly StreamingFrontEnd _stream = new(Options);
    private readonly float[] _features = new float[Options.FeatureCount];

    /// <summary>The number of windows whose gain differs from that of the window before.</summary>
    public static int GainChanges()
    {
        var level = new SegmentLevel(Options);
        var gains = Enumerable.Range(0, SpokenSample.HopCount)
            .Select(i => level.GainOf(Speech.AsSpan((i + 1) * Hop, Length))).ToArray();
        return gains.Zip(gains.Skip(1)).Count(pair => pair.First != pair.Second);
    }

    /// <summary>The length of a segment, rounded down to whole hops.</summary>
    private static int Length => Options.SegmentLength / Options.HopLength * Options.HopLength;

    /// <summary>Three windows: all cost the same, and a run takes about as long as the other benchmark's.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = 3)]
    public float Recomputed()
    {
        for (var i = 16; i <= SpokenSample.HopCount; i += 16)
        {
            _batch.Compute(Speech.AsSpan(i * Hop, Length), _features);
        }

        return _features[0];
    }

    [Benchmark(OperationsPerInvoke = SpokenSample.HopCount)]
    public float Incremental()
    {
        // Repeats the recording: its first window follows its last.
        var start = Speech.AsSpan(0, Length);
        if (_stream.Position == 0)
        {
            _stream.Write(start);
        }

        for (var i = 0; i < SpokenSample.HopCount; i++)
        {
            _stream.Write(Speech.AsSpan(Length + (i * Hop), Hop));
            _stream.Cut(_stream.Position - Length, _stream.Position, _features);
        }

        return _features[0];
    }
}
