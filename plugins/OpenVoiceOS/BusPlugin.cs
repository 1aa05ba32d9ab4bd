using System.Net.WebSockets;

namespace SernetStream.Plugins.OpenVoiceOS;

/// <summary>
/// Emits emotions on the message bus of OpenVoiceOS, Neon or Mycroft, and holds the microphone while the assistant
/// speaks. While the bus is away, events are left out: an assistant has no use for yesterday's mood.
/// </summary>
[PluginSettings(typeof(BusSettings))]
public sealed class BusPlugin : IEmotionPlugin, IDisposable
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private PluginContext _context = null!;
    private BusSettings _settings = null!;
    private AssistantSpeech? _speech;
    private volatile BusConnection? _connection;

    public Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _settings = context.Settings<BusSettings>();
        _speech = new AssistantSpeech(context, _settings);
        return Task.CompletedTask;
    }

    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var connected = StayConnectedAsync(end.Token);
        await foreach (var heard in events.WithCancellation(stop))
        {
            if (heard is EmotionHeard { Event: var emotionEvent }
                && _settings.Kinds.Contains(emotionEvent.Kind)
                && _connection is { } connection)
            {
                await connection.TrySendAsync(BusMessage.Of(emotionEvent), stop);
            }
        }

        if (_connection is { } last)
        {
            await last.TryCloseAsync(stop);
        }

        await end.CancelAsync();
        await connected;
    }

    public void Dispose() => _speech?.Dispose();

    private async Task StayConnectedAsync(CancellationToken stop)
    {
        var wait = ShortestWait;
        var isAway = false;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var connection = await BusConnection.OpenAsync(_settings.Url, stop);
                _connection = connection;
                _context.Log.Information($"connected to {_settings.Url}");
                (wait, isAway) = (ShortestWait, false);
                await connection.ReadAsync(Take, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error) when (error is WebSocketException or IOException or TimeoutException)
            {
                if (!isAway)
                {
                    isAway = true;
                    _context.Log.Warning($"{_settings.Url} is not there ({error.Message}); trying again from time to time");
                }
            }
            finally
            {
                _connection = null;
                _speech!.End();
            }

            await Task.Delay(wait, _context.Clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            wait = TimeSpan.FromTicks(Math.Min(2 * wait.Ticks, LongestWait.Ticks));
        }
    }

    private void Take(string type)
    {
        if (!_settings.HoldWhileSpeaking)
        {
            return;
        }

        if (type == BusMessage.OutputStart)
        {
            _speech!.Begin();
        }
        else if (type == BusMessage.OutputEnd)
        {
            _speech!.End();
        }
    }
}
