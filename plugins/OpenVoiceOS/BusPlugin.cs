using System.Net.WebSockets;

namespace SernetStream.Plugins.OpenVoiceOS;

/// <summary>
/// Emits emotions on the message bus of OpenVoiceOS, Neon or Mycroft, and holds the microphone while the assistant
/// speaks, or its user has muted it. While the bus is away, events are left out: an assistant has no use for an old
/// emotion.
/// </summary>
[PluginSettings(typeof(BusSettings))]
public sealed class BusPlugin : IEmotionPlugin, IDisposable
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private PluginContext _context = null!;
    private BusSettings _settings = null!;
    private LoudspeakerHold? _speech;
    private MicrophoneMute? _mute;
    private volatile BusConnection? _connection;
    private bool _wasConnected;
    private volatile bool _leaving;

    public Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _settings = context.Settings<BusSettings>();
        _speech = new LoudspeakerHold(
            context, "the assistant speaks", TimeSpan.FromSeconds(_settings.LongestSpeech), TimeSpan.FromSeconds(_settings.Echo));
        _mute = new MicrophoneMute(context);
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

        _leaving = true;
        if (_connection is { } last)
        {
            await last.CloseAsync(stop);
        }

        await end.CancelAsync();
        await connected;
    }

    public void Dispose()
    {
        _speech?.Dispose();
        _mute?.Dispose();
    }

    private async Task StayConnectedAsync(CancellationToken stop)
    {
        var backOff = new BackOff(ShortestWait, LongestWait);
        var news = new OutageNews(_context.Clock);
        while (!stop.IsCancellationRequested)
        {
            var worked = TimeSpan.Zero;
            try
            {
                using var connection = await BusConnection.OpenAsync(_settings.Url, stop);
                var since = _context.Clock.GetTimestamp();
                try
                {
                    await ListenAsync(connection, news, stop);
                }
                finally
                {
                    worked = _context.Clock.GetElapsedTime(since);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception error) when (error is WebSocketException or IOException or TimeoutException)
            {
                if (_leaving)
                {
                    break;
                }

                if (news.Gone())
                {
                    _context.Log.Warning($"{_settings.Url} cannot be reached ({error.Message}); trying again from time to time");
                }
            }

            await Task.Delay(backOff.NextAfter(worked), _context.Clock, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ListenAsync(BusConnection connection, OutageNews news, CancellationToken stop)
    {
        _connection = connection;
        try
        {
            if (news.Back() || !_wasConnected)
            {
                _wasConnected = true;
                _context.Log.Information($"connected to {_settings.Url}");
            }

            if (_settings.HoldWhileMuted)
            {
                await connection.TrySendAsync(BusMessage.MicrophoneQuestion, stop);
            }

            await connection.ReadAsync(Take, stop);
        }
        finally
        {
            _connection = null;
            _speech!.End();
        }
    }

    private void Take(BusNews news)
    {
        switch (news)
        {
            case BusNews.SpeechStarted when _settings.HoldWhileSpeaking:
                _speech!.Begin();
                break;
            case BusNews.SpeechEnded when _settings.HoldWhileSpeaking:
                _speech!.End();
                break;
            case BusNews.Muted or BusNews.Unmuted when _settings.HoldWhileMuted:
                _mute!.Set(news == BusNews.Muted);
                break;
            case BusNews.MuteToggled when _settings.HoldWhileMuted:
                _mute!.Toggle();
                break;
            default:
                break;
        }
    }
}
