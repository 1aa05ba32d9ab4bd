using BenchmarkDotNet.Attributes;
using SernetStream.Inference;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>One window through the model, on one thread: the same network as fp32 and as int8.</summary>
[BenchmarkCategory("classifier")]
public class ClassifierBenchmarks
{
    private readonly EmotionModel _fp32Model = EmotionModel.Load("light-sernet-emodb-fp32");
    private readonly EmotionModel _int8Model = EmotionModel.Load("light-sernet-emodb-int8");
    private EmotionClassifier _fp32 = null!;
    private EmotionClassifier _int8 = null!;

    [GlobalSetup]
    public void Setup()
    {
        _fp32 = _fp32Model.CreateClassifier();
        _int8 = _int8Model.CreateClassifier();
        var frontEnd = new Dsp.SegmentFrontEnd(_fp32Model.Card.FrontEnd);
        frontEnd.Compute(GoldenSignal.Spoken, _fp32.Features);
        _fp32.Features.CopyTo(_int8.Features);
    }

    [Benchmark(Baseline = true)]
    public float Float32() => _fp32.Classify()[0];

    [Benchmark]
    public float Quantised() => _int8.Classify()[0];
}
