using BenchmarkDotNet.Attributes;
using SernetStream.Models;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>A window through the default model on one thread, in our own code and in ONNX Runtime.</summary>
[BenchmarkCategory("classifier")]
public class DefaultModelBenchmarks
{
    private const int HalfSecond = 8000;
    private EmotionModel _ownModel = null!;
    private EmotionModel _onnxModel = null!;
    private EmotionClassifier _own = null!;
    private EmotionClassifier _ownOfShort = null!;
    private EmotionClassifier _onnx = null!;

    [GlobalSetup]
    public void Setup()
    {
        (_ownModel, _onnxModel) = (EmotionModel.InOwnCode(ModelCatalog.Default), EmotionModel.InOnnxRuntime(ModelCatalog.Default));
        (_own, _ownOfShort, _onnx) = (_ownModel.CreateClassifier(), _ownModel.CreateClassifier(), _onnxModel.CreateClassifier());
        var frontEnd = new Dsp.SegmentFrontEnd(_ownModel.Card.FrontEnd);
        frontEnd.Compute(GoldenSignal.Spoken, _own.Features);
        frontEnd.Compute(GoldenSignal.Spoken, _onnx.Features);
        frontEnd.Compute(GoldenSignal.Spoken.AsSpan(0, HalfSecond), _ownOfShort.Features);
    }

    [GlobalCleanup]
    public void CleanUp()
    {
        foreach (var part in (IDisposable[])[_own, _ownOfShort, _onnx, _ownModel, _onnxModel])
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
}
