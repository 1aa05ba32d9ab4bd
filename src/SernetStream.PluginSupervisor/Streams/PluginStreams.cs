using SernetStream.Models;
using SernetStream.Pipeline;
using SernetStream.Plugins;
using SernetStream.Speech;

namespace SernetStream.PluginSupervisor.Streams;

/// <summary>Pipelines for the audio that plugins bring: all over one model, each with a detector of its own.</summary>
internal sealed class PluginStreams(EmotionModel model, SpeechDetectorFactory detectors, PipelineOptions options) : IStreamOpener
{
    // The node's duration is for its own source.
    private readonly PipelineOptions _options = options with { DurationSeconds = null };

    public IAudioStream Open(AudioFormat format) => new PluginStream(format, model, detectors.Create(), _options);
}
