using BenchmarkDotNet.Attributes;
using SernetStream.Models;
using SernetStream.Models.LightSernet;
using SernetStream.Native;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>A window through the largest model of windows on one thread, in our own code and in ONNX Runtime.</summary>
[BenchmarkCategory("classifier")]
public class WindowModelBenchmarks
{
    /// <summary>The model.</summary>
    public const string Name = "light-sernet-home-int8";

    private const int HalfSecond = 8000;
    private EmotionModel _ownModel = null!;
    private EmotionModel _onnxModel = null!;
    private EmotionClassifier _own = null!;
    private EmotionClassifier _ownOfShort = null!;
    private EmotionClassifier _onnx = null!;
    private INetworkRun _long = null!;
    private AlignedBuffer<float> _longWindow = null!;

    [GlobalSetup]
    public void Setup()
    {
        (_ownModel, _onnxModel) = (EmotionModel.InOwnCode(Name), EmotionModel.InOnnxRuntime(Name));
        (_own, _ownOfShort, _onnx) = (_ownModel.CreateClassifier(), _ownModel.CreateClassifier(), _onnxModel.CreateClassifier());
        var frontEnd = new Dsp.SegmentFrontEnd(_ownModel.Card.FrontEnd);
        frontEnd.Compute(GoldenSignal.Spoken, _own.Features);
        frontEnd.Compute(GoldenSignal.Spoken, _onnx.Features);
        frontEnd.Compute(GoldenSignal.Spoken.AsSpan(0, HalfSecond), _ownOfShort.Features);
        _long = OfSevenSeconds((LightSernetNetwork)_ownModel.Network).CreateRun();
        _longWindow = _long.CreateFeatures();
        for (var i = 0; i < _longWindow.Span.Length; i++)
        {
            _longWindow.Span[i] = _own.Features[i % _own.Features.Length];
        }
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        foreach (var part in (IDisposable[])[_own, _ownOfShort, _onnx, _long, _ownModel, _onnxModel])
        {
            part.Dispose();
        }
    }

    [Benchmark(Baseline = true)]
    public float OnnxRuntime() => _onnx.Classify()[0];

    [Benchmark]
    public float OwnCode() => _own.Classify()[0];

    [Benchmark]
    public float OwnCodeOfHalfASecond() => _ownOfShort.Classify()[0];

    [Benchmark]
    public float OwnCodeOfSevenSeconds()
    {
        _long.Run(_longWindow);
        return _long.Output[0];
    }

    /// <summary>The same weights for windows of 7 s; it means over time at its end, so it takes any number of frames.</summary>
    private static LightSernetNetwork OfSevenSeconds(LightSernetNetwork network) => new()
    {
        Frames = network.Frames * 7 / 3,
        Normalisation = network.Normalisation,
        Paths = network.Paths,
        Body = network.Body,
        Last = network.Last,
        Voice = network.Voice,
        Head = network.Head,
        MostChannels = network.MostChannels,
    };
}
