using Microsoft.ML.OnnxRuntime;

namespace SernetStream.Inference.Speech;

/// <summary>
/// Silero VAD v6, a small recurrent network: it reads each step behind the last 64 samples of the one before, and
/// carries a state from step to step.
/// </summary>
public sealed class SileroDetector : ISpeechDetector
{
    private const int ContextLength = 64;
    private const int StateLength = 2 * 128;
    private const long SampleRate = 16000;

    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly float[] _input = new float[ContextLength + ISpeechDetector.StepLength];
    private readonly float[] _state = new float[StateLength];
    private readonly float[] _nextState = new float[StateLength];
    private readonly float[] _probability = new float[1];
    private readonly OrtValue[] _values;

    /// <summary>Loads the network, which is built in.</summary>
    /// <exception cref="ModelException">ONNX Runtime cannot be loaded.</exception>
    public SileroDetector()
    {
        _session = OnnxSession.Open(ModelCatalog.Silero(), "silero-vad");
        _values =
        [
            OrtValue.CreateTensorValueFromMemory(_input, [1, _input.Length]),
            OrtValue.CreateTensorValueFromMemory(_state, [2, 1, 128]),
            OrtValue.CreateTensorValueFromMemory(new[] { SampleRate }, []),
            OrtValue.CreateTensorValueFromMemory(_probability, [1, 1]),
            OrtValue.CreateTensorValueFromMemory(_nextState, [2, 1, 128]),
        ];
        _binding = _session.CreateIoBinding();
        _binding.BindInput("input", _values[0]);
        _binding.BindInput("state", _values[1]);
        _binding.BindInput("sr", _values[2]);
        _binding.BindOutput("output", _values[3]);
        _binding.BindOutput("stateN", _values[4]);
    }

    /// <inheritdoc/>
    public float Probability(ReadOnlySpan<float> step)
    {
        var input = _input.AsSpan();
        input[^ContextLength..].CopyTo(input);
        step.CopyTo(input[ContextLength..]);
        _session.RunWithBinding(_runOptions, _binding);
        _nextState.CopyTo(_state, 0);
        return _probability[0];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        foreach (var value in _values)
        {
            value.Dispose();
        }

        _runOptions.Dispose();
        _session.Dispose();
    }
}
