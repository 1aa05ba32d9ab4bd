using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SernetStream.Mqtt.Outbox;
using SernetStream.Mqtt.Session;
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
    private readonly MqttNode _node;
    private readonly PublishedTopics _published;
    private readonly IReadOnlyList<string> _retained;

    // Tells this process from any other that has its name or id.
    private readonly string _instance = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private readonly TimeProvider _clock;
    private RetainedTopicCleanup? _former;
    private MqttConnectionLoop? _loop;
    private MqttDialogue? _dialogue;
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
        _clock = clock ?? TimeProvider.System;
        _outbox = new MqttOutbox(options.EventQueue, options.Qos, options.EventExpiry);
        if (options.HelloTopic is { } hello)
        {
            _outbox.SetHello(hello, Encoding.UTF8.GetBytes(options.EffectiveHelloPayload));
        }

        _published = new PublishedTopics(options.TopicsFile, options.Broker, logger);
        _outbox.Cleared += topic => _published.Remove(topic);
        _retained = MqttNode.Retained(options, controls);
        _node = new MqttNode(options, _outbox, _instance, Wake, logger, node, controls, health, _clock);
    }

    /// <inheritdoc/>
    public string Name => "mqtt";

    /// <summary>The topics of this node.</summary>
    public MqttTopics Topics => _node.Topics;

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

        _published.Add(_retained);
        _former = new RetainedTopicCleanup(_options, _retained, _published, _outbox, _logger);
        _dialogue = new MqttDialogue(_node.Begin(_former));
        _loop = new MqttConnectionLoop(_options, Topics, _outbox, _dialogue, _logger);
        _loop.Start();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Publishes a room of this house too, as a device of its own, over the same connection. It is there from now on, until it is
    /// disposed (see <see cref="MqttRoom.IsRemoved"/>). Only after <see cref="StartAsync"/>. Any thread.
    /// </summary>
    /// <param name="room">The room's name.</param>
    /// <param name="description">What it is.</param>
    /// <param name="controls">What can be changed about it; null for nothing.</param>
    /// <param name="health">How it is doing; called at intervals, on a thread of the publisher.</param>
    /// <exception cref="PublisherException">A room cannot be called that.</exception>
    public MqttRoom AddRoom(string room, NodeDescription? description, INodeControls? controls, Func<NodeHealth>? health)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_dialogue is not { } dialogue)
        {
            throw new InvalidOperationException("The publisher is not started yet.");
        }

        var options = _options.RoomOf(room);
        var problems = options.Problems();
        if (problems.Count > 0)
        {
            throw new PublisherException(string.Join(' ', problems));
        }

        var retained = MqttNode.Retained(options, controls);
        _former!.Know(retained);
        _published.Add(retained);
        var node = new MqttNode(options, _outbox, _instance, Wake, _logger, description, controls, health, _clock);
        dialogue.Add(node.Begin(former: null));
        Wake();
        return new MqttRoom(node, _outbox, retained, left => dialogue.Remove(left.Node.Session!), Wake);
    }

    /// <summary>
    /// Queues what the event changes. Waits only while the broker is connected but slower than the events come and
    /// <see cref="MqttOptions.EventQueue"/> of them are queued.
    /// </summary>
    public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(emotionEvent);
        ObjectDisposedException.ThrowIf(_disposed, this);
        // What happens in the rooms of a house is published by them.
        return _options.IsHouse ? ValueTask.CompletedTask : _node.PublishAsync(emotionEvent, cancellationToken);
    }

    /// <summary>Changes the speech part of the state.</summary>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_options.IsHouse)
        {
            _node.PublishSpeech(speaking);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Publishes the health topic now, not when its interval is over: something about it has changed.</summary>
    public void HealthChanged() => _node.HealthChanged();

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
        _node.End();
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

    /// <summary>Says that there is something new in <see cref="Outbox"/>.</summary>
    internal void Wake() => _loop?.Wake();
}
