namespace SernetStream.Plugins.Wyoming;

/// <summary>
/// A server of the Wyoming protocol. A client that sends audio has it judged in a pipeline of its own; one that sends none
/// hears what the daemon's own microphone hears.
/// </summary>
[PluginSettings(typeof(WyomingSettings))]
public sealed class WyomingPlugin : IEmotionPlugin, IAsyncDisposable
{
    private PluginContext _context = null!;
    private WyomingSettings _settings = null!;
    private WyomingServer? _server;

    public Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _settings = context.Settings<WyomingSettings>();
        var strangers = _settings.WakeEmotions.Except(context.Labels).ToList();
        if (strangers.Count > 0)
        {
            throw new PluginException(
                $"wake_emotions names {string.Join(", ", strangers)}; {context.Model} knows {string.Join(", ", context.Labels)}.");
        }

        _server = new WyomingServer(context, _settings, [.. _settings.Uris.Select(Endpoint.Find).OfType<Endpoint>()]);
        return Task.CompletedTask;
    }

    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        using var announcement = Announce();
        await foreach (var heard in events.WithCancellation(stop))
        {
            _server!.Broadcast(heard);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private Announcement? Announce() =>
        _settings.Announce != "" && _server!.PublicPort is { } port
            ? new Announcement(_settings.Announce ?? $"SernetStream {_context.Node}", port, _context.Log)
            : null;
}
