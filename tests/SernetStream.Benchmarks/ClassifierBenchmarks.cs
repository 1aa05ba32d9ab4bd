using BenchmarkDotNet.Attributes;
using SernetStream.Models;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>
/// One window through a model, on one thread: the same network as fp32 and as int8, both in ONNX Runtime, and as int8 in our own
/// code, if that has the network. It runs the built-in model and all models exported in both precisions to <c>training/runs/served</c>, as docs/developer/models.md says.
/// </summary>
[BenchmarkCategory("classifier")]
public class ClassifierBenchmarks
{
    /// <summary>The first of the models.</summary>
    public const string BuiltIn = "light-sernet-emodb";

    private const string Fp32 = "-fp32";
    private static readonly string Served = Repository.PathOf("training", "runs", "served");
    private readonly List<EmotionModel> _models = [];
    private EmotionClassifier _fp32 = null!;
    private EmotionClassifier _int8 = null!;
    private EmotionClassifier _own = null!;

    public static IEnumerable<string> Models => Directory.Exists(Served)
        ? [BuiltIn, .. Directory.EnumerateFiles(Served, $"*{Fp32}.json").Select(card => Path.GetFileName(card)[..^$"{Fp32}.json".Length]).Order()]
        : [BuiltIn];

    [ParamsSource(nameof(Models))]
    public string Model { get; set; } = BuiltIn;

    [GlobalSetup]
    public void Setup()
    {
        _fp32 = Classifier(Fp32, EmotionModel.InOnnxRuntime);
        _int8 = Classifier("-int8", EmotionModel.InOnnxRuntime);
        _own = Classifier("-int8", EmotionModel.Load);
        var frontEnd = new Dsp.SegmentFrontEnd(_models[0].Card.FrontEnd);
        frontEnd.Compute(GoldenSignal.Spoken, _fp32.Features);
        _fp32.Features.CopyTo(_int8.Features);
        _fp32.Features.CopyTo(_own.Features);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        _fp32.Dispose();
        _int8.Dispose();
        _own.Dispose();
        _models.ForEach(model => model.Dispose());
    }

    [Benchmark(Baseline = true)]
    public float Float32() => _fp32.Classify()[0];

    [Benchmark]
    public float Quantised() => _int8.Classify()[0];

    [Benchmark]
    public float OwnCode() => _own.Classify()[0];

    private EmotionClassifier Classifier(string precision, Func<string, EmotionModel> load)
    {
        var model = load(Model == BuiltIn ? Model + precision : Path.Combine(Served, $"{Model}{precision}.json"));
        _models.Add(model);
        return model.CreateClassifier();
    }
}
