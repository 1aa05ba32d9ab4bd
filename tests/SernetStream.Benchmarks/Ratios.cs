using System.Globalization;
using System.Numerics;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace SernetStream.Benchmarks;

/// <summary>Compares results of the same run and prints their ratios.</summary>
internal static class Ratios
{
    private const double FramesPerSecond = 62.5;

    /// <summary>
    /// Microseconds for a second of sound: the real-time factor 0.00204 that its authors print for 1.18.4 (k2-fsa/colab,
    /// kaldi-native-fbank/rtf_test.ipynb), measured on another machine and from Python.
    /// </summary>
    private const double KaldiNativeFbankSecond = 2044;

    public static async Task PrintAsync(IEnumerable<Summary> summaries)
    {
        var microseconds = summaries.SelectMany(summary => summary.Reports)
            .Where(report => report.ResultStatistics is not null)
            .ToDictionary(
                report => Name(report.BenchmarkCase),
                report => report.ResultStatistics!.Min / 1000);
        Console.WriteLine($"\nRatios on vectors of {Vector<byte>.Count * 8} bits");
        if (microseconds.TryGetValue("FrameBenchmarks.Vectors", out var frame))
        {
            Print("a frame of 16 ms", frame, "torchaudio's MFCC, one thread", await Peers.TorchaudioFrameAsync());
            Print("a frame of 16 ms", frame, "a front end of NWaves' parts", Find("FrameBenchmarks.NWaves"));
            Print(
                "a second of sound", frame * FramesPerSecond, "kaldi-native-fbank, 80 bands, as published (another machine)", KaldiNativeFbankSecond);
            Print("a frame of 16 ms", frame, "the plain scalar reference", Find("FrameBenchmarks.ScalarReference"));
            Print("a frame of 16 ms", frame, "the same of denormals", Find("FrameBenchmarks.VectorsOfDenormals"));
            Print("a frame of 16 ms", frame, "the same, one by one", Find("FrameBenchmarks.VectorsOneByOne"));
        }

        if (microseconds.TryGetValue("GateBenchmarks.OfSpeech", out var step))
        {
            Print("a step of 32 ms through the speech detector", step, "Silero's own file in ONNX Runtime", Find("GateBenchmarks.OnnxRuntime"));
            Print("a step of 32 ms through the speech detector", step, "the same, of a quiet room", Find("GateBenchmarks.OfQuiet"));
            Print("a step of 32 ms through the speech detector", step, "the plain scalar reference", Find("GateBenchmarks.ScalarReference"));
            Print("a step of 32 ms through the speech detector", step, "WebRTC's detector (another algorithm)", await Peers.WebRtcStepAsync());
        }

        if (microseconds.TryGetValue("WindowBenchmarks.Incremental", out var hop))
        {
            var changes = $"{WindowBenchmarks.GainChanges()} of {SpokenSample.HopCount - 1} windows change the gain";
            Print("a hop of 256 ms", hop, $"its window of 3 s anew ({changes})", Find("WindowBenchmarks.Recomputed"));
        }

        if (microseconds.TryGetValue("WindowModelBenchmarks.OwnCode", out var home))
        {
            Print("a window of 3 s through a model of windows", home, "the same in ONNX Runtime", Find("WindowModelBenchmarks.OnnxRuntime"));
            Print("", home, "the same of half a second within silence", Find("WindowModelBenchmarks.OwnCodeOfHalfASecond"));
            Print("", home, "the same weights on a window of 7 s", Find("WindowModelBenchmarks.OwnCodeOfSevenSeconds"));
        }

        if (microseconds.TryGetValue("StreamingBenchmarks.Window", out var window))
        {
            Print("a hop of 0.5 s through the network that streams", Find("StreamingBenchmarks.Hop"), "a window of 3 s through a model of windows", window);
            Print("the same where windows have 7 s", Find("StreamingBenchmarks.HopOfSevenSeconds"), "the same", window);
            Print("the same in ONNX Runtime", Find("StreamingBenchmarks.HopInOnnxRuntime"), "the same", window);
            Print("the same in ONNX Runtime where windows have 7 s", Find("StreamingBenchmarks.HopOfSevenSecondsInOnnxRuntime"), "the same", window);
            Print(
                "the same in ONNX Runtime", Find("StreamingBenchmarks.HopInOnnxRuntime"), "that window in ONNX Runtime",
                Find("StreamingBenchmarks.WindowInOnnxRuntime"));
        }

        foreach (var model in ClassifierBenchmarks.Models)
        {
            if (microseconds.TryGetValue($"ClassifierBenchmarks.Quantised {model}", out var int8))
            {
                Print($"a window through {model}, int8", int8, "the same, fp32", Find($"ClassifierBenchmarks.Float32 {model}"));
                Print("", int8, $"{ClassifierBenchmarks.BuiltIn}, fp32", Find($"ClassifierBenchmarks.Float32 {ClassifierBenchmarks.BuiltIn}"));
                Print("", int8, "the same, int8, as the daemon runs it", Find($"ClassifierBenchmarks.OwnCode {model}"));
            }
        }

        double? Find(string name) => microseconds.TryGetValue(name, out var value) ? value : null;
    }

    /// <summary>Class, method and, for a classifier, the model.</summary>
    private static string Name(BenchmarkCase benchmark) =>
        $"{benchmark.Descriptor.Type.Name}.{benchmark.Descriptor.WorkloadMethod.Name} {benchmark.Parameters[nameof(ClassifierBenchmarks.Model)]}".TrimEnd();

    private static void Print(string what, double? ownCost, string other, double? otherCost)
    {
        if ((ownCost, otherCost) is ({ } cost, { } value))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{what,-58} {cost,9:0.00} µs   {other,-72} {value,9:0.00} µs   {value / cost,6:0.00} ×"));
        }
    }
}
