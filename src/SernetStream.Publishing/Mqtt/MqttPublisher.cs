using Microsoft.Extensions.Logging;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// Publishes a node to an MQTT 3.1.1 broker: availability (with a last will), state and attributes as retained
/// topics, final and change events one by one, and interim events where asked for. See <see cref="MqttTopics"/>.
/// </summary>
/// <remarks>
/// A broker that is down, refuses the password or vanishes is not an error: the publisher keeps the newest state and
/// up to <see cref="MqttOptions.EventQueue"/> events, tries again in the background, and logs one line per change.
/// An event that the broker did not acknowledge before the connection was lost is sent again, so a subscriber may see
/// it twice; its sequence number tells.
/// </remarks>
public sealed class MqttPublisher : IEventPublisher
{
    private readonly MqttOptions _options;
    private readonly ILogger _logger;
    private readonly MqttOutbox _outbox;
    private MqttConnectionLoop? _loop;
    private MqttState _state = MqttState.Initial;
    private bool _disposed;

    /// <summary>
    /// Checks the options and that libmosquitto is there; nothing is sent before <see cref="StartAsync"/>.
    /// </summary>
    /// <exception cref="PublisherException">The options cannot work, or the library is missing.</exception>
    public MqttPublisher(MqttOptions options, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        var problems = options.Problems();
        if (problems.Count > 0)
        {
            throw new PublisherException(string.Join(' ', problems));
        }

        MosquittoNative.Require();
        _options = options;
        _logger = logger;
        Topics = new MqttTopics(options.BaseTopic, options.Node);
        _outbox = new MqttOutbox(options.EventQueue, options.Qos);
        _outbox.SetRetained(Topics.Availability, MqttTopics.Online.ToArray(), qos: 1);
        _outbox.SetRetained(Topics.State, MqttPayloads.State(_state), options.Qos);
    }

    /// <inheritdoc/>
    public string Name => "mqtt";

    /// <summary>The topics of this node.</summary>
    public MqttTopics Topics { get; }

    /// <summary>Whether the broker has accepted this client and is not known to be gone.</summary>
    public bool IsConnected => _loop?.IsConnected ?? false;

    /// <summary>Final and change events that the broker has acknowledged; with QoS 0, that were sent.</summary>
    public long Delivered => _outbox.Delivered;

    /// <summary>
    /// Final and change events that gave way to newer ones while the broker was away, or were left at the end.
    /// </summary>
    public long Dropped => _outbox.Dropped;

    /// <summary>Begins to connect, and returns at once.</summary>
    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_loop is not null)
        {
            throw new InvalidOperationException("The publisher is started already.");
        }

        _loop = new MqttConnectionLoop(_options, Topics, _outbox, _logger);
        _loop.Start();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Queues what the event changes. Waits only while the broker is connected but slower than the events come and
    /// <see cref="MqttOptions.EventQueue"/> of them are queued.
    /// </summary>
    public async ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(emotionEvent);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (emotionEvent.Kind == EmotionEventKind.Interim)
        {
            if (_options.PublishInterim)
            {
                _outbox.SetScores(Topics.Scores, MqttPayloads.Event(emotionEvent));
                _loop?.Wake();
            }

            return;
        }

        SetState(_state with { Emotion = emotionEvent.Emotion, Confidence = emotionEvent.Confidence });
        _outbox.SetRetained(Topics.Attributes, MqttPayloads.Attributes(emotionEvent), _options.Qos);
        var payload = MqttPayloads.Event(emotionEvent);
        while (_outbox.TryAddEvent(Topics.Event, payload) is { } room)
        {
            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        _loop?.Wake();
    }

    /// <summary>Changes the speech part of the state.</summary>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        SetState(_state with { Speaking = speaking });
        _loop?.Wake();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Sends what is queued, says <c>offline</c> and disconnects, all within <see cref="MqttOptions.ShutdownLimit"/>.
    /// A broker that does not answer in time publishes the last will instead.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (_loop is not null)
        {
            await _loop.DisposeAsync().ConfigureAwait(false);
        }

        var lost = _outbox.Abandon();
        if (lost > 0)
        {
            _logger.LogWarning("MQTT: events that could not be delivered to {Broker}: {Count}", _options.Broker, lost);
        }
    }

    private void SetState(MqttState state)
    {
        _state = state;
        _outbox.SetRetained(Topics.State, MqttPayloads.State(state), _options.Qos);
    }
}
