using BenchmarkDotNet.Attributes;
using SernetStream.Dsp.Simd;
using SernetStream.Speech;
using SernetStream.Speech.Tests;

namespace SernetStream.Benchmarks;

/// <summary>
/// A step of 32 ms through the speech detector, on one thread: speech, and a quiet room. Steps follow each other at once, so
/// the weights are in the processor's cache.
/// </summary>
[BenchmarkCategory("gate")]
public class GateBenchmarks : IDisposable
{
    /// <summary>Steps of a run.</summary>
    public const int StepCount = 32;

    private const int Length = ISpeechDetector.StepLength;
    private static readonly float[] Speech = SpokenSample.Take(StepCount * Length);
    private static readonly float[] Quiet = Array.ConvertAll(new float[StepCount * Length], _ => (float)((Random.Shared.NextDouble() - 0.5) * 0.002));
    private readonly SileroDetector _detector = new();
    private readonly SileroDetector _scalars = new(SimdMode.Scalar);
    private readonly SileroInOnnxRuntime _onnx = new();

    [GlobalCleanup]
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _detector.Dispose();
        _scalars.Dispose();
        _onnx.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = StepCount)]
    public float OnnxRuntime()
    {
        var last = 0f;
        for (var i = 0; i < Speech.Length; i += Length)
        {
            last = _onnx.Probability(Speech.AsSpan(i, Length));
        }

        return last;
    }

    [Benchmark(OperationsPerInvoke = StepCount)]
    public float OfSpeech() => Run(_detector, Speech);

    [Benchmark(OperationsPerInvoke = StepCount)]
    public float OfQuiet() => Run(_detector, Quiet);

    [Benchmark(OperationsPerInvoke = StepCount)]
    public float ScalarReference() => Run(_scalars, Speech);

    private static float Run(SileroDetector detector, float[] samples)
    {
        var last = 0f;
        for (var i = 0; i < samples.Length; i += Length)
        {
            last = detector.Probability(samples.AsSpan(i, Length));
        }

        return last;
    }
}
