using Microsoft.ML.OnnxRuntime;

namespace SernetStream.Inference;

/// <summary>
/// Runs a model on one window at a time, from and to memory that is allocated once. One thread at a time.
/// </summary>
public sealed class EmotionClassifier : IDisposable
{
    private readonly EmotionModel _model;
    private readonly float[] _features;
    private readonly float[] _output;
    private readonly OrtValue _inputValue;
    private readonly OrtValue _outputValue;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();

    internal EmotionClassifier(EmotionModel model)
    {
        _model = model;
        _features = new float[model.Card.FrontEnd.FeatureCount];
        _output = new float[model.Card.Labels.Count];
        _inputValue = OrtValue.CreateTensorValueFromMemory(_features, model.InputShape);
        _outputValue = OrtValue.CreateTensorValueFromMemory(_output, model.OutputShape);
        _binding = model.Session.CreateIoBinding();
        _binding.BindInput(model.Card.InputName, _inputValue);
        _binding.BindOutput(model.Card.OutputName, _outputValue);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _inputValue.Dispose();
        _outputValue.Dispose();
        _runOptions.Dispose();
    }
}
