using SernetStream.Models.LightSernet;
using SernetStream.Models.Onnx;
using SernetStream.Models.Streaming;

namespace SernetStream.Models;

/// <summary>
/// A loaded model: the network that all classifiers share. Safe for use by many threads, each with a classifier of its
/// own.
/// </summary>
/// <remarks>
/// An int8 Light-SERNet, as the built-in models and those that a home trains are, is computed here, on every processor, so that
/// all hear the same. ONNX Runtime computes everything else; its library is loaded only then.
/// </remarks>
public sealed class EmotionModel : IDisposable
{
    /// <summary>Loads a model and checks that its inputs and outputs are what the card says.</summary>
    /// <exception cref="ModelException">It cannot be loaded, or card and model disagree.</exception>
    public EmotionModel(ModelPackage package)
        : this((package ?? throw new ArgumentNullException(nameof(package))).Card, NetworkOf(package))
    {
    }

    private EmotionModel(ModelCard card, INetwork network) => (Card, Network) = (card, network);

    /// <summary>What the model is.</summary>
    public ModelCard Card { get; }

    internal INetwork Network { get; }

    /// <summary>Loads a model by name or path, as <see cref="ModelCatalog.Open"/> finds it.</summary>
    /// <exception cref="ModelException">There is none, or it cannot be used.</exception>
    public static EmotionModel Load(string nameOrPath) => new(ModelCatalog.Open(nameOrPath));

    /// <summary>The memory of a stream that has not been heard yet, for classifiers that serve many streams.</summary>
    public ClassifierMemory CreateMemory() => new(Card.Adaptation?.Size ?? 0);

    /// <summary>What the network remembers of a stream that has not been heard yet; null: it is given whole windows.</summary>
    public StreamMemory? CreateStreamMemory() =>
        Network is IStreamingNetwork network ? new StreamMemory(Card, network.CreateState()) : null;

    /// <summary>A classifier for one thread.</summary>
    public EmotionClassifier CreateClassifier() => new(this);

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    /// <summary>For tests and benchmarks: the model in ONNX Runtime, whatever it is.</summary>
    internal static EmotionModel InOnnxRuntime(string nameOrPath) => InOnnxRuntime(ModelCatalog.Open(nameOrPath));

    /// <inheritdoc cref="InOnnxRuntime(string)"/>
    internal static EmotionModel InOnnxRuntime(ModelPackage package) => new(package.Card, OnnxNetworkOf(package));

    /// <summary>For tests and benchmarks: a Light-SERNet computed here, however slow that may be.</summary>
    internal static EmotionModel InOwnCode(string nameOrPath)
    {
        var package = ModelCatalog.Open(nameOrPath);
        return new EmotionModel(package.Card, OwnNetworkOf(package) ?? throw new ArgumentException($"{nameOrPath} is another network.", nameof(nameOrPath)));
    }

    private static INetwork NetworkOf(ModelPackage package) =>
        OwnNetworkOf(package) ?? OnnxNetworkOf(package);

    private static INetwork? OwnNetworkOf(ModelPackage package) =>
        package.Card.Streaming is null ? LightSernetReader.TryRead(package) : StreamedReader.TryRead(package);

    private static INetwork OnnxNetworkOf(ModelPackage package) =>
        package.Card.Streaming is null ? new OnnxNetwork(package) : new OnnxStreamingNetwork(package);
}
