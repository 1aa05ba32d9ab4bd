using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Session;
using SernetStream.Mqtt.Statistics;
using SernetStream.Publishing;

namespace SernetStream.Mqtt;

/// <summary>
/// Publishes a node to an MQTT broker: availability (with a last will), state, attributes and health as retained
/// topics, final and change events one by one, and interim events where asked for; announces it to Home Assistant and
/// takes commands. See <see cref="MqttTopics"/>.
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
    private readonly MqttAnnouncement _announcement;
    private readonly MqttCommands? _commands;
    private readonly MqttHealth _health;
    private readonly TimedTopic _timedHealth;
    private readonly TimedTopic[] _timed;
    private readonly MoodDay? _today;
    private readonly RefractoryTime _refractory;
    private readonly PublishedTopics _published;

    // Tells this process from any other that has its name or id.
    private readonly string _instance = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private readonly INodeControls? _controls;
    private readonly Lock _gate = new();
    private MqttConnectionLoop? _loop;
    private MqttState _state = MqttState.Initial;
    private bool _disposed;

    /// <summary>Checks the options; nothing is sent before <see cref="StartAsync"/>.</summary>
    /// <param name="options">The broker, the node, and what is published how.</param>
    /// <param name="logger">Where one line per change goes.</param>
    /// <param name="node">
    /// What the node is; without it, it is announced to Home Assistant with the first event, which tells the labels.
    /// </param>
    /// <param name="controls">What can be changed over MQTT; null for nothing.</param>
    /// <param name="health">How the node is doing; called at intervals, on a thread of the publisher.</param>
    /// <param name="clock">The clock of the refractory time and of the day; null for the system's.</param>
    /// <exception cref="PublisherException">The options cannot work.</exception>
    public MqttPublisher(
        MqttOptions options,
        ILogger logger,
        NodeDescription? node = null,
        INodeControls? controls = null,
        Func<NodeHealth>? health = null,
        TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        var problems = options.Problems();
        if (problems.Count > 0)
        {
            throw new PublisherException(string.Join(' ', problems));
        }

        _options = options;
        _logger = logger;
        _controls = controls;
        Topics = new MqttTopics(options.BaseTopic, options.Node);
        _outbox = new MqttOutbox(options.EventQueue, options.Qos, options.EventExpiry);
        _refractory = new RefractoryTime(options.Refractory, clock ?? TimeProvider.System);
        if (options.HelloTopic is { } hello)
        {
            _outbox.SetHello(hello, Encoding.UTF8.GetBytes(options.EffectiveHelloPayload));
        }

        _outbox.SetRetained(Topics.Availability, MqttTopics.Online.ToArray(), qos: 1);
        _state = _state with { Muted = controls?.Muted ?? false };
        _outbox.SetRetained(Topics.State, MqttPayloads.State(_state), options.Qos);
        _outbox.SetRetained(Topics.Attributes, MqttPayloads.InitialAttributes(TimeProvider.System.GetUtcNow()), options.Qos);
        _announcement = new MqttAnnouncement(options, Topics, _outbox, controls, _instance);
        _published = new PublishedTopics(options.TopicsFile, options.Broker, logger);
        _outbox.Cleared += topic => _published.Remove(topic);
        _health = new MqttHealth(health, (node ?? new NodeDescription()).Version, TimeProvider.System);
        _today = options.Statistics ? new MoodDay(options.TodayFile, clock ?? TimeProvider.System, logger) : null;
        CountMood();
        _timedHealth = new TimedTopic(Topics.Health, () => options.HealthInterval, () => _health.ToUtf8(_outbox));
        _timed = [_timedHealth, .. Measured(health)];
        if (node is not null)
        {
            _announcement.Describe(node);
        }

        if (controls is not null)
        {
            _commands = new MqttCommands(
                controls, Topics, _outbox, new RejectedCommandLog(logger, TimeProvider.System));
            _commands.Tell();
        }
    }

    /// <inheritdoc/>
    public string Name => "mqtt";

    /// <summary>The topics of this node.</summary>
    public MqttTopics Topics { get; }

    /// <summary>What is to be sent over the connection of this node; rooms that share it add to it.</summary>
    internal MqttOutbox Outbox => _outbox;

    /// <summary>Whether the broker has accepted this client and is not known to be gone.</summary>
    public bool IsConnected => _loop?.IsConnected ?? false;

    /// <summary>Final and change events that the broker has acknowledged; with QoS 0, that were sent.</summary>
    public long Delivered => _outbox.Delivered;

    /// <summary>
    /// Final and change events that gave way to newer ones while the broker was away, or were left at the end.
    /// </summary>
    public long Dropped => _outbox.Dropped;

    /// <summary>Events that were too old to be sent when their turn came.</summary>
    public long Expired => _outbox.Expired;

    /// <summary>Begins to connect, and returns at once.</summary>
    public ValueTask StartAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_loop is not null)
        {
            throw new InvalidOperationException("The publisher is started already.");
        }

        if (_options.Tls is { Verify: false })
        {
            _logger.LogWarning(
                "MQTT: the certificate of {Broker} is not checked, so anybody on the way can read and change everything",
                _options.Broker);
        }

        var current = MqttTopics.RetainedOf(
            _options,
            hasControls: _controls is not null,
            hasFeedback: _controls?.Feedback is not null,
            hasSensitivity: _controls is { Sensitivities.Count: > 0 });
        _published.Add(current);
        var session = new MqttSession(
            _options,
            Topics,
            _outbox,
            _announcement,
            new RetainedTopicCleanup(_options, current, _published, _outbox, _logger),
            new NodeClashes(_options, _instance, _logger),
            _commands,
            _health,
            _timed,
            _logger);
        _loop = new MqttConnectionLoop(_options, Topics, _outbox, session, _logger);
        if (_controls is not null)
        {
            _controls.Changed += ControlsChanged;
        }

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
        _announcement.Learn(emotionEvent);
        if (emotionEvent.Kind == EmotionEventKind.Interim)
        {
            if (_options.PublishInterim)
            {
                _outbox.SetScores(Topics.Scores, MqttPayloads.Event(emotionEvent));
                _loop?.Wake();
            }

            return;
        }

        SetState(state => state with { Emotion = emotionEvent.Emotion, Confidence = emotionEvent.Confidence });
        _outbox.SetRetained(Topics.Attributes, MqttPayloads.Attributes(emotionEvent), _options.Qos);
        if (!_refractory.Passes(emotionEvent.Emotion))
        {
            _loop?.Wake();
            return;
        }

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
        SetState(state => state with { Speaking = speaking });
        _loop?.Wake();
        return ValueTask.CompletedTask;
    }

    /// <summary>Says that there is something new in <see cref="Outbox"/>.</summary>
    internal void Wake() => _loop?.Wake();

    /// <summary>Publishes the health topic now, not when its interval is over: something about it has changed.</summary>
    public void HealthChanged()
    {
        _timedHealth.Changed();
        _loop?.Wake();
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
        if (_controls is not null)
        {
            _controls.Changed -= ControlsChanged;
        }

        _today?.Keep();
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

    private void CountMood() => _today?.Begin(_state.Muted ? null : MqttState.ForHubs(_state.Emotion));

    private IEnumerable<TimedTopic> Measured(Func<NodeHealth>? health)
    {
        if (_options.LevelInterval > TimeSpan.Zero)
        {
            yield return new TimedTopic(Topics.Level, () => _options.LevelInterval, new MqttLevel(health).Next);
        }

        if (_today is not null)
        {
            yield return new TimedTopic(Topics.Today, _today.UntilNext, _today.ToUtf8);
        }
    }

    private void ControlsChanged(object? sender, EventArgs arguments)
    {
        SetState(state => state with { Muted = _controls!.Muted });
        _commands!.Tell();
        _loop?.Wake();
    }

    // Events and controls come on threads of their own.
    private void SetState(Func<MqttState, MqttState> change)
    {
        lock (_gate)
        {
            _state = change(_state);
            CountMood();
            _outbox.SetRetained(Topics.State, MqttPayloads.State(_state), _options.Qos);
        }
    }
}
