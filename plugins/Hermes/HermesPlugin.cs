namespace SernetStream.Plugins.Hermes;

/// <summary>
/// Speaks with Rhasspy over MQTT: publishes emotions beside its topics, as wake words and intents too if asked, and holds the
/// microphone while it plays something in this room. While the broker is away, events are left out: an assistant has no use
/// for an old emotion.
/// </summary>
[PluginSettings(typeof(HermesSettings))]
public sealed class HermesPlugin : IEmotionPlugin, IDisposable
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private PluginContext _context = null!;
    private HermesSettings _settings = null!;
    private RefractoryTime _refractory = null!;
    private SiteState _site = null!;
    private LoudspeakerHold? _speech;
    private volatile BrokerConnection? _connection;
    private bool _wasConnected;
    private volatile bool _leaving;

    public Task StartAsync(PluginContext context, CancellationToken cancellationToken)
    {
        _context = context;
        _settings = context.Settings<HermesSettings>();
        var strangers = _settings.WakeEmotions.Except(context.Labels).ToList();
        if (strangers.Count > 0)
        {
            throw new PluginException(
                $"wake_emotions names {string.Join(", ", strangers)}; {context.Model} knows {string.Join(", ", context.Labels)}.");
        }

        _refractory = new RefractoryTime(TimeSpan.FromSeconds(_settings.Refractory), context.Clock);
        _speech = _settings.HoldWhileSpeaking
            ? new LoudspeakerHold(
                context, "Rhasspy speaks", TimeSpan.FromSeconds(_settings.LongestSpeech), TimeSpan.FromSeconds(_settings.Echo))
            : null;
        _site = new SiteState(_settings.SiteId, _speech);
        return Task.CompletedTask;
    }

    public async Task RunAsync(IAsyncEnumerable<RoomEvent> events, CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var connected = StayConnectedAsync(end.Token);
        await foreach (var heard in events.WithCancellation(stop))
        {
            if (heard is EmotionHeard { Event: var emotionEvent } && _connection is { } connection)
            {
                await PublishAsync(connection, emotionEvent, stop);
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

    public void Dispose() => _speech?.Dispose();

    private async Task PublishAsync(BrokerConnection connection, EmotionEvent emotionEvent, CancellationToken stop)
    {
        var site = _settings.SiteId;
        if (_settings.Kinds.Contains(emotionEvent.Kind))
        {
            await connection.TryPublishAsync(HermesMessage.Emotion(site), HermesMessage.OfEmotion(emotionEvent, site), stop);
        }

        if (emotionEvent.Kind != EmotionEventKind.Change)
        {
            return;
        }

        if (_settings.Intent.Length > 0)
        {
            await connection.TryPublishAsync(
                HermesMessage.Intent(_settings.Intent), HermesMessage.OfIntent(emotionEvent, _settings.Intent, site), stop);
        }

        if (_settings.WakeEmotions.Contains(emotionEvent.Emotion) && _site.MayWake && _refractory.Passes(emotionEvent.Emotion))
        {
            await connection.TryPublishAsync(
                HermesMessage.Detected(emotionEvent.Emotion), HermesMessage.OfDetection(emotionEvent, site), stop);
        }
    }

    private async Task StayConnectedAsync(CancellationToken stop)
    {
        var backOff = new BackOff(ShortestWait, LongestWait);
        var news = new OutageNews(_context.Clock);
        while (!stop.IsCancellationRequested)
        {
            var since = _context.Clock.GetTimestamp();
            var worked = false;
            var why = "";
            try
            {
                using var connection = await BrokerConnection.OpenAsync(_settings, _site.Filters, _site.Take, stop);
                worked = true;
                why = await ServeAsync(connection, news, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (IOException error)
            {
                why = error.Message;
            }

            if (!_leaving && news.Gone())
            {
                _context.Log.Warning($"{_settings.Broker} cannot be reached ({why}); trying again from time to time");
            }

            await Task.Delay(backOff.NextAfter(worked ? _context.Clock.GetElapsedTime(since) : TimeSpan.Zero), _context.Clock, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Publishes to this connection until it ends; returns why it has.</summary>
    private async Task<string> ServeAsync(BrokerConnection connection, OutageNews news, CancellationToken stop)
    {
        _connection = connection;
        try
        {
            if (news.Back() || !_wasConnected)
            {
                _wasConnected = true;
                _context.Log.Information($"connected to {_settings.Broker} as the site {_settings.SiteId}");
            }

            return await connection.End.WaitAsync(stop);
        }
        finally
        {
            _connection = null;
            _site.Forget();
        }
    }
}
