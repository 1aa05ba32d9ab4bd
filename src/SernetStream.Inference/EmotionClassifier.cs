using Microsoft.ML.OnnxRuntime;

namespace SernetStream.Inference;

/// <summary>
/// Runs a model on one window at a time, from and to memory that is allocated once. One thread at a time.
/// </summary>
/// <remarks>
/// A model whose card has <see cref="ModelCard.Voice"/> judges how someone sounds against what is usual where it listens. It
/// knows that from what it is told to <see cref="Remember"/>: a running mean of its own features, which are averages over an
/// utterance and no sound, kept in memory only. Of other models, remembering and forgetting do nothing.
/// </remarks>
public sealed class EmotionClassifier : IDisposable
{
    private readonly EmotionModel _model;
    private readonly float[] _features;
    private readonly float[] _output;
    private readonly float[] _voice;
    private readonly float[] _voiceAfter;
    private readonly List<OrtValue> _values = [];
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();

    internal EmotionClassifier(EmotionModel model)
    {
        _model = model;
        _features = new float[model.Card.FrontEnd.FeatureCount];
        _output = new float[model.Card.Labels.Count];
        _voice = new float[model.Card.Voice?.Size ?? 0];
        _voiceAfter = new float[_voice.Length];
        _binding = model.Session.CreateIoBinding();
        _binding.BindInput(model.Card.InputName, Over(_features, model.InputShape));
        _binding.BindOutput(model.Card.OutputName, Over(_output, model.OutputShape));
        if (model.Card.Voice is { } voice)
        {
            _binding.BindInput(voice.InputName, Over(_voice, [1, voice.Size]));
            _binding.BindOutput(voice.OutputName, Over(_voiceAfter, [1, voice.Size]));
        }
    }

    /// <summary>Where the next window's features go: frames × coefficients, row by row.</summary>
    public Span<float> Features => _features;

    /// <summary>Classifies the window in <see cref="Features"/>.</summary>
    /// <returns>
    /// One calibrated probability a label, in the card's order, summing to 1; valid until the next call.
    /// </returns>
    /// <exception cref="ModelException">The model gave numbers that are not finite.</exception>
    public ReadOnlySpan<float> Classify()
    {
        _model.Session.RunWithBinding(_runOptions, _binding);
        Calibration.Apply(_output, _model.Card.OutputKind, _model.Card.Temperature);
        return float.IsFinite(_output[0])
            ? _output
            : throw new ModelException(
                ModelError.NotLoadable, $"The model {_model.Card.Name} gave a result that is not a number; its file is damaged.");
    }

    /// <summary>Counts the window that was classified last, an utterance, as one of those that tell what is usual.</summary>
    public void Remember()
    {
        foreach (var value in _voiceAfter)
        {
            if (!float.IsFinite(value))
            {
                return;
            }
        }

        _voiceAfter.CopyTo(_voice, 0);
    }

    /// <summary>
    /// <see cref="Remember"/>, unless by the card the answer was <c>unknown</c>: what nobody is sure of may be no voice at all.
    /// </summary>
    /// <param name="probabilities">What <see cref="Classify"/> just gave.</param>
    public void RememberIfAnswered(ReadOnlySpan<float> probabilities)
    {
        if (_model.Card.Unknown?.Hold(probabilities) != true)
        {
            Remember();
        }
    }

    /// <summary>Nothing is usual any more, as at first.</summary>
    public void Forget()
    {
        Array.Clear(_voice);
        Array.Clear(_voiceAfter);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _values.ForEach(value => value.Dispose());
        _runOptions.Dispose();
    }

    private OrtValue Over(float[] memory, long[] shape)
    {
        var value = OrtValue.CreateTensorValueFromMemory(memory, shape);
        _values.Add(value);
        return value;
    }
}
