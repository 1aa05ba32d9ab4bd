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

    private readonly SileroModel _model;
    private readonly bool _ownsModel;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly float[] _input = new float[ContextLength + ISpeechDetector.StepLength];
    private readonly float[] _state = new float[StateLength];
    private readonly float[] _nextState = new float[StateLength];
    private readonly float[] _probability = new float[1];
    private readonly OrtValue[] _values;

    /// <summary>Loads the network for this detector alone; see <see cref="SileroModel.CreateDetector"/> for many.</summary>
    /// <exception cref="ModelException">ONNX Runtime cannot be loaded.</exception>
    public SileroDetector()
        : this(new SileroModel(), ownsModel: true)
    {
    }

    internal SileroDetector(SileroModel model, bool ownsModel)
    {
        _model = model;
        _ownsModel = ownsModel;
        _values =
        [
            OrtValue.CreateTensorValueFromMemory(_input, [1, _input.Length]),
            OrtValue.CreateTensorValueFromMemory(_state, [2, 1, 128]),
            OrtValue.CreateTensorValueFromMemory(new[] { SampleRate }, []),
            OrtValue.CreateTensorValueFromMemory(_probability, [1, 1]),
            OrtValue.CreateTensorValueFromMemory(_nextState, [2, 1, 128]),
        ];
        _binding = model.Session.CreateIoBinding();
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
        _model.Session.RunWithBinding(_runOptions, _binding);
        _nextState.CopyTo(_state, 0);
        return _probability[0];
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Array.Clear(_input);
        Array.Clear(_state);
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
        if (_ownsModel)
        {
            _model.Dispose();
        }
    }
}
