using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SernetStream.Native;
using SernetStream.Testing;

namespace SernetStream.Speech.Tests;

/// <summary>Silero's own file in ONNX Runtime, on one thread: what <see cref="SileroDetector"/> is compared with.</summary>
public sealed class SileroInOnnxRuntime : IDisposable
{
    private const int Context = 64;
    private const int StateSize = 128;

    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _options = new();
    private readonly AlignedBuffer<float> _input = new(Context + ISpeechDetector.StepLength);
    private readonly AlignedBuffer<float> _state = new(2 * StateSize);
    private readonly AlignedBuffer<float> _nextState = new(2 * StateSize);
    private readonly AlignedBuffer<float> _probability = new(1);
    private readonly AlignedBuffer<long> _rate = new(1);
    private readonly List<OrtValue> _values = [];

    public SileroInOnnxRuntime()
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, EnableCpuMemArena = false };
        var file = Repository.PathOf("node_modules", "@ricky0123", "vad-web", "dist", "silero_vad_v6.onnx");
        _session = new InferenceSession(file, options);
        _rate.Span[0] = 16_000;
        _binding = _session.CreateIoBinding();
        _binding.BindInput("input", Value(_input, TensorElementType.Float, 1, _input.Length));
        _binding.BindInput("state", Value(_state, TensorElementType.Float, 2, 1, StateSize));
        _binding.BindInput("sr", Value(_rate, TensorElementType.Int64));
        _binding.BindOutput("output", Value(_probability, TensorElementType.Float, 1, 1));
        _binding.BindOutput("stateN", Value(_nextState, TensorElementType.Float, 2, 1, StateSize));
    }

    public float Probability(ReadOnlySpan<float> step)
    {
        _input.Span[^Context..].CopyTo(_input.Span);
        step.CopyTo(_input.Span[Context..]);
        _session.RunWithBinding(_options, _binding);
        _nextState.Span.CopyTo(_state.Span);
        return _probability.Span[0];
    }

    public void Dispose()
    {
        _binding.Dispose();
        _values.ForEach(value => value.Dispose());
        _session.Dispose();
        _options.Dispose();
        _input.Dispose();
        _state.Dispose();
        _nextState.Dispose();
        _probability.Dispose();
        _rate.Dispose();
    }

    private OrtValue Value<T>(AlignedBuffer<T> memory, TensorElementType type, params long[] shape)
        where T : unmanaged
    {
        var value = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, shape, memory.Address, memory.ByteLength);
        _values.Add(value);
        return value;
    }
}
