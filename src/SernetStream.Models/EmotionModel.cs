using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SernetStream.Models.Onnx;

namespace SernetStream.Models;

/// <summary>
/// A loaded model: the session that all classifiers share. Safe for use by many threads, each with a classifier of its
/// own.
/// </summary>
public sealed class EmotionModel : IDisposable
{
    private readonly InferenceSession _session;

    /// <summary>Loads a model and checks that its inputs and outputs are what the card says.</summary>
    /// <exception cref="ModelException">It cannot be loaded, or card and model disagree.</exception>
    public EmotionModel(ModelPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        Card = package.Card;
        _session = OnnxSession.Open(package.File, Card.Name);
        try
        {
            InputShape = Card.Layout == InputLayout.Nchw
                ? [1, 1, Card.FrontEnd.FrameCount, Card.FrontEnd.FrameFeatures]
                : [1, Card.FrontEnd.FrameCount, Card.FrontEnd.FrameFeatures];
            OutputShape = [1, Card.Labels.Count];
            Check("input", Card.InputName, _session.InputMetadata, InputShape, "frontEnd and input.layout");
            Check("output", Card.OutputName, _session.OutputMetadata, OutputShape, "labels");
            if (Card.Adaptation is { } voice)
            {
                Check("voice input", voice.InputName, _session.InputMetadata, [1, voice.Size], "voice");
                Check("voice output", voice.OutputName, _session.OutputMetadata, [1, voice.Size], "voice");
            }
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>What the model is.</summary>
    public ModelCard Card { get; }

    internal long[] InputShape { get; }

    internal long[] OutputShape { get; }

    internal InferenceSession Session => _session;

    /// <summary>Loads a model by name or path, as <see cref="ModelCatalog.Open"/> finds it.</summary>
    /// <exception cref="ModelException">There is none, or it cannot be used.</exception>
    public static EmotionModel Load(string nameOrPath) => new(ModelCatalog.Open(nameOrPath));

    /// <summary>The memory of a stream that has not been heard yet, for classifiers that serve many streams.</summary>
    public ClassifierMemory CreateMemory() => new(Card.Adaptation?.Size ?? 0);

    /// <summary>A classifier for one thread.</summary>
    public EmotionClassifier CreateClassifier() => new(this);

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private void Check(
        string what, string name, IReadOnlyDictionary<string, NodeMetadata> tensors, long[] shape, string cardKeys)
    {
        if (!tensors.TryGetValue(name, out var tensor))
        {
            throw Mismatch($"the card names its {what} '{name}', the model has {string.Join(", ", tensors.Keys)}");
        }

        if (tensor.ElementDataType != TensorElementType.Float)
        {
            throw Mismatch($"its {what} '{name}' holds {tensor.ElementDataType}, not 32-bit float");
        }

        // A dimension of −1 is free; ONNX Runtime then takes whatever it is given.
        var fits = tensor.Dimensions.Length == shape.Length
            && tensor.Dimensions.Zip(shape).All(pair => pair.First == pair.Second || pair.First < 0);
        if (!fits)
        {
            throw Mismatch(
                $"by the card ({cardKeys}), its {what} '{name}' has the shape [{string.Join(", ", shape)}]; "
                + $"in the model it has [{string.Join(", ", tensor.Dimensions)}]");
        }
    }

    private ModelException Mismatch(string sentence) =>
        new(ModelError.ShapeMismatch, $"The model {Card.Name} does not fit its card: {sentence}.");
}
