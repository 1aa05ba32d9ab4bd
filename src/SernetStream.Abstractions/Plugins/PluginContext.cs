using System.Diagnostics.CodeAnalysis;

namespace SernetStream.Plugins;

/// <summary>
/// What the daemon offers a plugin. All members may be used from any thread. The daemon derives from it, and so may a
/// plugin's tests.
/// </summary>
public abstract class PluginContext
{
    /// <summary>The plugin's name: that of its folder.</summary>
    public abstract string Name { get; }

    /// <summary>The name of the node (the room), as in every event.</summary>
    public abstract string Node { get; }

    /// <summary>The name of the model that judges.</summary>
    public abstract string Model { get; }

    /// <summary>The model's labels, in its order. Events say <see cref="EmotionLabel"/>'s two beside them.</summary>
    public abstract IReadOnlyList<string> Labels { get; }

    /// <summary>Wall-clock time and timers.</summary>
    public abstract TimeProvider Clock { get; }

    /// <summary>The plugin's log.</summary>
    public abstract PluginLog Log { get; }

    /// <summary>
    /// Reads the plugin's own section of the configuration into <typeparamref name="T"/>: each public property that can be
    /// set takes the key of its name, <c>TimeLimit</c> that of <c>time_limit</c>; attributes of
    /// System.ComponentModel.DataAnnotations are obeyed.
    /// </summary>
    /// <exception cref="PluginException">
    /// A key that <typeparamref name="T"/> does not have, a value that cannot be read, or one that an attribute forbids: all
    /// of them, a sentence each.
    /// </exception>
    public abstract T Settings<[DynamicallyAccessedMembers(PluginSettingsAttribute.Members)] T>()
        where T : class, new();

    /// <summary>Opens a stream for audio that the plugin brings, with a pipeline of its own.</summary>
    /// <exception cref="ArgumentException">The format cannot be used (<see cref="AudioFormat.Problem"/>).</exception>
    /// <exception cref="InvalidOperationException">The plugin has as many streams open as it may.</exception>
    public abstract IAudioStream OpenStream(AudioFormat format);

    /// <summary>
    /// Suspends classification of the daemon's own microphone until the result is disposed, because it hears a
    /// loudspeaker, not a person in the room. More than one may hold it. Streams of <see cref="OpenStream"/> go on.
    /// </summary>
    /// <param name="reason">For the log, such as <c>the assistant speaks</c>.</param>
    public abstract IDisposable HoldMicrophone(string reason);
}
