using Microsoft.ML.OnnxRuntime;
using SernetStream.Dsp;
using SernetStream.Models;
using SernetStream.Models.Onnx;

namespace SernetStream.Speech;

/// <summary>
/// Silero VAD v6, a small recurrent network: it reads each step behind the last 64 samples of the one before, and
/// carries a state from step to step.
/// </summary>
public sealed class SileroDetector : ISpeechDetector
{
    private const int ContextLength = 64;
    private const long SampleRate = 16000;

    private readonly SileroModel _model;
    private readonly bool _ownsModel;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly OnnxTensor<float> _input = new(1, ContextLength + ISpeechDetector.StepLength);
    private readonly OnnxTensor<float> _state = new(2, 1, 128);
    private readonly OnnxTensor<float> _nextState = new(2, 1, 128);
    private readonly OnnxTensor<long> _sampleRate = new();
    private readonly OnnxTensor<float> _probability = new(1, 1);

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
        _sampleRate.Span[0] = SampleRate;
        _binding = model.Session.CreateIoBinding();
        _binding.BindInput("input", _input.Value);
        _binding.BindInput("state", _state.Value);
        _binding.BindInput("sr", _sampleRate.Value);
        _binding.BindOutput("output", _probability.Value);
        _binding.BindOutput("stateN", _nextState.Value);
    }

    /// <inheritdoc/>
    public float Probability(ReadOnlySpan<float> step)
    {
        var input = _input.Span;
        input[^ContextLength..].CopyTo(input);
        step.CopyTo(input[ContextLength..]);
        _model.Session.RunWithBinding(_runOptions, _binding);
        if (!Finite.All(_probability.Span) || !Finite.All(_nextState.Span))
        {
            // Kept, it would make every later step one without an answer.
            Reset();
            throw new ModelException(ModelError.NotFinite, "The speech detector gave a result that is not a number.");
        }

        _nextState.Span.CopyTo(_state.Span);
        return _probability.Span[0];
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _input.Span.Clear();
        _state.Span.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _input.Dispose();
        _state.Dispose();
        _nextState.Dispose();
        _sampleRate.Dispose();
        _probability.Dispose();
        _runOptions.Dispose();
        if (_ownsModel)
        {
            _model.Dispose();
        }
    }
}
