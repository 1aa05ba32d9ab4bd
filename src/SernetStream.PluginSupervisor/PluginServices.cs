using SernetStream.Plugins;

namespace SernetStream.PluginSupervisor;

/// <summary>What the daemon lends to all plugins.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Model">Name of the model.</param>
/// <param name="Labels">The model's labels, in its order.</param>
/// <param name="Streams">Opens pipelines for audio that plugins bring.</param>
/// <param name="Microphone">Where classification of the microphone can be suspended.</param>
/// <param name="Clock">Wall-clock time and timers.</param>
public sealed record PluginServices(
    string Node,
    string Model,
    IReadOnlyList<string> Labels,
    IStreamOpener Streams,
    IMicrophone Microphone,
    TimeProvider Clock);

/// <summary>Makes pipelines for audio that plugins bring.</summary>
public interface IStreamOpener
{
    /// <summary>Opens one; the format has been checked.</summary>
    IAudioStream Open(AudioFormat format);
}

/// <summary>The daemon's own microphone.</summary>
public interface IMicrophone
{
    /// <summary>Suspends classification of the microphone until the result is disposed; holds add up.</summary>
    IDisposable Hold();
}
