using BenchmarkDotNet.Attributes;
using SernetStream.Dsp;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>What a hop of 512 ms costs: computing its three-second window anew, or only what is new in it.</summary>
[BenchmarkCategory("front-end")]
public class FrontEndBenchmarks
{
    private const int Hop = 8192;
    private readonly SegmentFrontEnd _batch = new(FrontEndOptions.LightSernet);
    private readonly StreamingFrontEnd _stream = new(FrontEndOptions.LightSernet);
    private readonly float[] _features = new float[FrontEndOptions.LightSernet.FeatureCount];

    [GlobalSetup]
    public void Setup()
    {
        for (var i = 0; i < 2; i++)
        {
            _stream.Write(GoldenSignal.Spoken.AsSpan(0, 5 * Hop));
        }
    }

    [Benchmark(Baseline = true)]
    public float Recomputed()
    {
        _batch.Compute(GoldenSignal.Spoken, _features);
        return _features[0];
    }

    [Benchmark]
    public float Incremental()
    {
        _stream.Write(GoldenSignal.Spoken.AsSpan(0, Hop));
        _stream.Cut(_stream.Position - 47872, _stream.Position, _features);
        return _features[0];
    }
}
