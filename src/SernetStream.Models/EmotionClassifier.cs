using Microsoft.ML.OnnxRuntime;
using SernetStream.Dsp;
using SernetStream.Models.Onnx;
using SernetStream.Models.Teaching;
using SernetStream.Native;

namespace SernetStream.Models;

/// <summary>
/// Runs a model on one window at a time, from and to memory that is allocated once. One thread at a time.
/// </summary>
/// <remarks>
/// A model whose card has <see cref="ModelCard.Adaptation"/> compares an utterance with a baseline of its microphone.
/// It makes the baseline from the utterances given to <see cref="Update"/>: a running mean of its own features, which
/// are averages over an utterance and no sound, kept in memory only. For other models, updating and resetting do
/// nothing.
/// </remarks>
public sealed class EmotionClassifier : IDisposable
{
    private readonly EmotionModel _model;
    private readonly Dictionary<AlignedBuffer<float>, Window> _windows = [];
    private readonly AlignedBuffer<float> _features;
    private readonly OnnxTensor<float> _output;
    private readonly OnnxTensor<float>? _state;
    private readonly OnnxTensor<float>? _stateAfter;
    private readonly RunOptions _runOptions = new();
    private readonly float[] _taughtFeatures;
    private Lesson? _lesson;

    internal EmotionClassifier(EmotionModel model)
    {
        _model = model;
        _output = new OnnxTensor<float>(model.OutputShape);
        if (model.Card.Adaptation is { } voice)
        {
            _state = new OnnxTensor<float>(1, voice.Size);
            _stateAfter = new OnnxTensor<float>(1, voice.Size);
        }

        _taughtFeatures = new float[model.Card.Adaptation?.FeatureCount ?? 0];
        _features = CreateFeatures();
    }

    /// <summary>Where the next window's features go: frames × coefficients, row by row.</summary>
    public Span<float> Features => _features.Span;

    /// <summary>For tests: the baseline; empty for a model that has none.</summary>
    internal ReadOnlySpan<float> Learnt => _state is null ? [] : _state.Span;

    /// <summary>
    /// Memory for the features of one more window, so that one can be filled while another is classified. It lives as long as
    /// the classifier, which disposes it.
    /// </summary>
    public AlignedBuffer<float> CreateFeatures()
    {
        var window = new Window(new OnnxTensor<float>(_model.InputShape), _model.Session.CreateIoBinding());
        _windows.Add(window.Features.Memory, window);
        window.Binding.BindInput(_model.Card.InputName, window.Features.Value);
        window.Binding.BindOutput(_model.Card.OutputName, _output.Value);
        if (_model.Card.Adaptation is { } voice)
        {
            window.Binding.BindInput(voice.InputName, _state!.Value);
            window.Binding.BindOutput(voice.OutputName, _stateAfter!.Value);
        }

        return window.Features.Memory;
    }

    /// <summary>Classifies the window in <see cref="Features"/>.</summary>
    /// <inheritdoc cref="Classify(AlignedBuffer{float})"/>
    public ReadOnlySpan<float> Classify() => Classify(_features);

    /// <summary>Classifies a window where it lies.</summary>
    /// <param name="features">Memory of <see cref="CreateFeatures"/>.</param>
    /// <returns>
    /// One calibrated probability a label, in the card's order, summing to 1; valid until the next call.
    /// </returns>
    /// <exception cref="ModelException">
    /// <see cref="ModelError.NotFinite"/>: the features or what the model gave are not finite. There is then no answer and
    /// nothing to remember.
    /// </exception>
    public ReadOnlySpan<float> Classify(AlignedBuffer<float> features)
    {
        if (!Finite.All(features.Span))
        {
            throw NotFinite($"The model {_model.Card.Name} was given features that are not numbers; this window has no answer.");
        }

        _model.Session.RunWithBinding(_runOptions, _windows[features].Binding);
        if (!Finite.All(_output.Span) || (_stateAfter is not null && !Finite.All(_stateAfter.Span)))
        {
            throw NotFinite($"The model {_model.Card.Name} gave a result that is not a number; its file is damaged.");
        }

        if (_lesson is { } lesson)
        {
            CopyFeatures(_taughtFeatures);
            lesson.Apply(_taughtFeatures, _output.Span, _model.Card.OutputKind);
        }

        Calibration.Apply(_output.Span, _model.Card.OutputKind, _model.Card.Temperature);
        return _output.Span;
    }

    /// <summary>Adds the window that was classified last, an utterance, to the baseline.</summary>
    public void Update()
    {
        if (_stateAfter is not null)
        {
            _stateAfter.Span.CopyTo(_state!.Span);
        }
    }

    /// <summary>
    /// <see cref="Update"/>, unless the card's thresholds make the answer <c>unknown</c>: it may then be no voice at all.
    /// </summary>
    /// <param name="probabilities">What <see cref="Classify()"/> just gave.</param>
    public void UpdateIfAnswered(ReadOnlySpan<float> probabilities)
    {
        if (_model.Card.Unknown?.Hold(probabilities) != true)
        {
            Update();
        }
    }

    /// <summary>The model's own features of the window that was classified last, before the baseline is updated with it.</summary>
    /// <param name="features">Takes <see cref="AdaptationTensors.FeatureCount"/> of them.</param>
    public void CopyFeatures(Span<float> features)
    {
        // The baseline afterwards is (baseline × heard + features) / (heard + 1).
        var usual = _state!.Span;
        var after = _stateAfter!.Span;
        var heard = usual[^1];
        for (var i = 0; i < features.Length; i++)
        {
            features[i] = (after[i] * (heard + 1)) - (usual[i] * heard);
        }
    }

    /// <summary>Classifies by a lesson from now on; the lesson also replaces the baseline.</summary>
    /// <param name="lesson">What labelled utterances have taught; null: nothing.</param>
    public void Teach(Lesson? lesson)
    {
        Reset();
        lesson?.Usual.CopyTo(_state!.Span);
        _lesson = lesson;
    }

    /// <summary>Classifies for another stream from now on: by its baseline and its lesson.</summary>
    /// <param name="memory">Of a stream that this model judges.</param>
    public void Enter(ClassifierMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.CopyTo(_state is null ? [] : _state.Span);
        _lesson = memory.Lesson;
    }

    /// <summary>Classifies no more for that stream: it keeps what it has learnt meanwhile.</summary>
    /// <param name="memory">What was given to <see cref="Enter"/>.</param>
    public void Leave(ClassifierMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        memory.CopyFrom(_state is null ? [] : _state.Span);
        memory.Lesson = _lesson;
    }

    /// <summary>Empties the baseline and removes the lesson, as at the start.</summary>
    public void Reset()
    {
        _lesson = null;
        _state?.Span.Clear();
        _stateAfter?.Span.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var window in _windows.Values)
        {
            window.Binding.Dispose();
            window.Features.Dispose();
        }

        _windows.Clear();
        _output.Dispose();
        _state?.Dispose();
        _stateAfter?.Dispose();
        _runOptions.Dispose();
    }

    /// <summary>What is remembered next is what was remembered before.</summary>
    private ModelException NotFinite(string sentence)
    {
        _state?.Span.CopyTo(_stateAfter!.Span);
        return new ModelException(ModelError.NotFinite, sentence);
    }

    /// <summary>A window's features, and the model bound to them and to this classifier's results.</summary>
    private sealed record Window(OnnxTensor<float> Features, OrtIoBinding Binding);
}
