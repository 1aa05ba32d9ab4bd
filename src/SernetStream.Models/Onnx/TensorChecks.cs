using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace SernetStream.Models.Onnx;

/// <summary>Whether the tensors of a model are those of its card.</summary>
internal sealed class TensorChecks(ModelCard card, InferenceSession session)
{
    /// <exception cref="ModelException">The model has no such input, or it has another type or shape.</exception>
    public void Input(string what, string name, long[] shape, string cardKeys) =>
        Check(what, name, session.InputMetadata, shape, cardKeys);

    /// <exception cref="ModelException">The model has no such output, or it has another type or shape.</exception>
    public void Output(string what, string name, long[] shape, string cardKeys) =>
        Check(what, name, session.OutputMetadata, shape, cardKeys);

    /// <summary>Requires that the model reads nothing else.</summary>
    /// <exception cref="ModelException">It does.</exception>
    public void OnlyInputs(params ReadOnlySpan<string> names)
    {
        foreach (var name in session.InputMetadata.Keys)
        {
            if (!names.Contains(name))
            {
                throw Mismatch($"the model also reads '{name}', which the card does not name");
            }
        }
    }

    private void Check(string what, string name, IReadOnlyDictionary<string, NodeMetadata> tensors, long[] shape, string cardKeys)
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
        new(ModelError.ShapeMismatch, $"The model {card.Name} does not fit its card: {sentence}.");
}
