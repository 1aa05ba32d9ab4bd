using Microsoft.ML.OnnxRuntime;
using SernetStream.Models;
using SernetStream.Models.Onnx;

namespace SernetStream.Speech;

/// <summary>
/// Silero VAD v6, loaded: the session that all detectors share, so that many streams cost the memory of one. Safe for
/// use by many threads, each with a detector of its own.
/// </summary>
public sealed class SileroModel : IDisposable
{
    /// <summary>Loads the network, which is built in.</summary>
    /// <exception cref="ModelException">ONNX Runtime cannot be loaded.</exception>
    public SileroModel()
    {
        Session = OnnxSession.Open(ModelCatalog.ResourceOf(typeof(SileroModel).Assembly, "silero_vad_v6.onnx"), "silero-vad");
    }

    internal InferenceSession Session { get; }

    /// <summary>A detector for one stream. Dispose it before the model.</summary>
    public SileroDetector CreateDetector() => new(this, ownsModel: false);

    /// <inheritdoc/>
    public void Dispose() => Session.Dispose();
}
