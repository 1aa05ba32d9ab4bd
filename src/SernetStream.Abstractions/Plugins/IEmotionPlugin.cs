namespace SernetStream.Plugins;

/// <summary>
/// What a plugin is: one public class with a public constructor without parameters, in a folder
/// <c>&lt;plugins&gt;/&lt;Name&gt;/&lt;Name&gt;.dll</c>. The daemon makes a new instance for every start.
/// </summary>
/// <remarks>
/// A plugin that also implements <see cref="IAsyncDisposable"/> or <see cref="IDisposable"/> is disposed after it ended,
/// however it ended.
/// </remarks>
public interface IEmotionPlugin
{
    /// <summary>
    /// Gets ready: reads the settings, opens what has to be open. It must return soon (the daemon waits ten seconds unless
    /// configured otherwise); a peer that is not there yet is better awaited in <see cref="RunAsync"/>.
    /// </summary>
    /// <param name="context">Everything the daemon offers; it stays valid until the plugin has ended.</param>
    /// <param name="cancellationToken">Cancelled when the time is over or the daemon stops.</param>
    /// <exception cref="PluginException">
    /// It can never work as it is configured or installed: the daemon says so and does not try again. Any other exception
    /// is a failure, after which the daemon tries again.
    /// </exception>
    Task StartAsync(PluginContext context, CancellationToken cancellationToken);

    /// <summary>
    /// Does the plugin's work. It returns when <paramref name="events"/> has ended, which is how the daemon asks a plugin to
    /// finish; returning earlier or throwing is a failure, after which the daemon starts a new instance.
    /// </summary>
    /// <param name="events">
    /// Events of the daemon's own microphone, in order; never its sound. The queue behind it is bounded: while the plugin
    /// does not take, the oldest are dropped and counted; a plugin that takes nothing for long counts as hanging.
    /// </param>
    /// <param name="stop">Cancelled when the time to finish is over too: return at once.</param>
    Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop);
}
