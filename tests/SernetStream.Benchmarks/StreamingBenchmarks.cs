using BenchmarkDotNet.Attributes;
using SernetStream.Models;
using SernetStream.Models.Streaming;
using SernetStream.Native;
using SernetStream.Testing;

namespace SernetStream.Benchmarks;

/// <summary>
/// A hop of 0.512 s through a network that streams, in our own code and in ONNX Runtime, at windows of 3 and 7 s, beside a window of
/// a model of windows. The rows of a window are copied each time, as the front end does.
/// </summary>
/// <remarks>
/// The model is the built-in one that streams, or the int8 one whose card SERNET_STREAMING_MODEL names; its weights make no difference.
/// </remarks>
[BenchmarkCategory("classifier")]
public class StreamingBenchmarks
{
    // Five hops are eight steps of 0.32 s.
    private const int Hops = 5;
    private const int Steps = 8;

    private readonly List<IDisposable> _parts = [];
    private EmotionClassifier _window = null!;
    private EmotionClassifier _onnxWindow = null!;
    private Stream _own = null!;
    private Stream _ownOfSevenSeconds = null!;
    private Stream _onnx = null!;
    private Stream _onnxOfSevenSeconds = null!;

    /// <summary>The model that streams; null: there is none.</summary>
    public static string? Model => Environment.GetEnvironmentVariable("SERNET_STREAMING_MODEL")
        ?? ModelCatalog.BuiltIn.FirstOrDefault(card => card.Streaming is not null && card.Precision == "int8")?.Name;

    [GlobalSetup]
    public void Setup()
    {
        var package = ModelCatalog.Open(Model ?? throw new InvalidOperationException("No model streams; name one in SERNET_STREAMING_MODEL."));
        _window = Keep(Keep(EmotionModel.InOwnCode(WindowModelBenchmarks.Name)).CreateClassifier());
        _onnxWindow = Keep(Keep(EmotionModel.InOnnxRuntime(WindowModelBenchmarks.Name)).CreateClassifier());
        var frontEnd = new Dsp.SegmentFrontEnd(ModelCatalog.Open(WindowModelBenchmarks.Name).Card.FrontEnd);
        frontEnd.Compute(GoldenSignal.Spoken, _window.Features);
        _window.Features.CopyTo(_onnxWindow.Features);
        var longer = package with { Card = package.Card with { FrontEnd = package.Card.FrontEnd with { SegmentSeconds = 7 } } };
        _own = Keep(new Stream(new EmotionModel(package)));
        _ownOfSevenSeconds = Keep(new Stream(new EmotionModel(longer)));
        _onnx = Keep(new Stream(EmotionModel.InOnnxRuntime(package)));
        _onnxOfSevenSeconds = Keep(new Stream(EmotionModel.InOnnxRuntime(longer)));
    }

    [GlobalCleanup]
    public void CleanUp() => _parts.AsEnumerable().Reverse().ToList().ForEach(part => part.Dispose());

    [Benchmark(Baseline = true)]
    public float Window() => _window.Classify()[0];

    [Benchmark]
    public float WindowInOnnxRuntime() => _onnxWindow.Classify()[0];

    [Benchmark(OperationsPerInvoke = Hops)]
    public float Hop() => _own.Run();

    [Benchmark(OperationsPerInvoke = Hops)]
    public float HopOfSevenSeconds() => _ownOfSevenSeconds.Run();

    [Benchmark(OperationsPerInvoke = Hops)]
    public float HopInOnnxRuntime() => _onnx.Run();

    [Benchmark(OperationsPerInvoke = Hops)]
    public float HopOfSevenSecondsInOnnxRuntime() => _onnxOfSevenSeconds.Run();

    private T Keep<T>(T part)
        where T : IDisposable
    {
        _parts.Add(part);
        return part;
    }

    /// <summary>Speech again and again, heard by one stream.</summary>
    private sealed class Stream : IDisposable
    {
        private readonly EmotionModel _model;
        private readonly EmotionClassifier _classifier;
        private readonly StreamMemory _memory;
        private readonly AlignedBuffer<float> _window;
        private readonly float[] _rows;
        private readonly int _most;
        private readonly int _width;
        private readonly int _step;
        private long _end;

        public Stream(EmotionModel model)
        {
            var frontEnd = model.Card.FrontEnd;
            (_model, _classifier, _memory) = (model, model.CreateClassifier(), model.CreateStreamMemory()!);
            (_most, _width, _step) = (frontEnd.FrameCount, frontEnd.FrameFeatures, model.Card.Streaming!.Frames);
            _window = _classifier.CreateFeatures();

            // As many frames of speech as fill the longest window.
            var stream = new Dsp.StreamingFrontEnd(frontEnd, 16000 * 10);
            for (var i = 0; i < 4; i++)
            {
                stream.Write(GoldenSignal.Spoken);
            }

            _rows = new float[(_most + (2 * _step)) * _width];
            stream.CopyFrames(0, _rows);
            _end = _most;
        }

        /// <summary>Hears eight steps in five windows.</summary>
        public float Run()
        {
            var begin = _end;
            var answer = 0f;
            for (var hop = 1; hop <= Hops; hop++)
            {
                _end = begin + (hop * Steps * _step / Hops);
                _rows.AsSpan(0, (_most + _step) * _width).CopyTo(_window.Span);
                answer += _classifier.Classify(_window, new StreamFrames(1, _end - _most, _most, IsFinal: false, Forgets: true), _memory)[0];
            }

            return answer;
        }

        public void Dispose()
        {
            _memory.Dispose();
            _classifier.Dispose();
            _model.Dispose();
        }
    }
}
