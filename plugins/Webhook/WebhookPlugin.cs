using System.Text;

namespace SernetStream.Plugins.Webhook;

/// <summary>Posts events to an HTTP address, in order, again where it failed, signed if there is a key.</summary>
[PluginSettings(typeof(WebhookSettings))]
public sealed class WebhookPlugin : IEmotionPlugin, IDisposable
{
    private PluginContext _context = null!;
    private WebhookSettings _settings = null!;
    private Delivery? _delivery;
    private OutageNews? _news;

    public async Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _settings = context.Settings<WebhookSettings>();
        _news = new OutageNews(context.Clock);
        _delivery = new Delivery(_settings, await SecretAsync(cancellationToken), context.Clock);
    }

    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        await foreach (var heard in events.WithCancellation(stop))
        {
            if (heard is EmotionHeard { Event: var emotionEvent } && _settings.Kinds.Contains(emotionEvent.Kind))
            {
                Note(await _delivery!.PostAsync(emotionEvent, stop));
            }
        }
    }

    public void Dispose() => _delivery?.Dispose();

    private void Note(string? problem)
    {
        if (problem is not null && _news!.Gone())
        {
            _context.Log.Warning($"{_settings.Url} did not take an event: {problem}; the next event is tried anyway.");
        }
        else if (problem is null && _news!.Back())
        {
            _context.Log.Information($"{_settings.Url} takes events again.");
        }
    }

    private async Task<byte[]?> SecretAsync(CancellationToken cancellationToken)
    {
        if (_settings.Secret is { Length: > 0 } key)
        {
            return Encoding.UTF8.GetBytes(key);
        }

        if (_settings.SecretFile is not { Length: > 0 } file)
        {
            return null;
        }

        try
        {
            var secret = (await File.ReadAllBytesAsync(file, cancellationToken)).AsSpan().TrimEnd("\r\n"u8).ToArray();
            return secret.Length > 0 ? secret : throw new PluginException($"The file {file} (secret_file) is empty.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PluginException($"The file {file} (secret_file) cannot be read: {error.Message}", error);
        }
    }
}
