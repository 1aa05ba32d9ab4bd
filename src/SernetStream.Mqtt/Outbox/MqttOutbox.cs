namespace SernetStream.Mqtt.Outbox;

/// <summary>
/// What is to be published, between the publisher's task, which fills it, and the connection's thread, which empties
/// it: the newest payload of each retained topic, a bounded queue of events, and at most one set of scores a topic.
/// </summary>
/// <remarks>
/// The client is never given more than <see cref="Window"/> messages that the broker has not acknowledged, and everything
/// else waits here. Of QoS 2 there is one at a time, because MQTTnet answers several in any order, and in that order they
/// are delivered. An event counts against the bound until it is acknowledged, and goes back to the front when the
/// connection is lost.
/// </remarks>
/// <param name="eventCapacity">How many events are kept at most.</param>
/// <param name="eventQos">The quality of service of events.</param>
/// <param name="eventExpiry">The age at which an event expires; null for never.</param>
/// <param name="clock">The clock of the expiry; null for the system's.</param>
internal sealed partial class MqttOutbox(
    int eventCapacity, int eventQos, TimeSpan? eventExpiry = null, TimeProvider? clock = null)
{
    /// <summary>How many messages may be on their way at once; by default Mosquitto takes 20 unacknowledged.</summary>
    public const int Window = 16;

    private readonly MessageLifetime _lifetime = new(eventExpiry, clock ?? TimeProvider.System);
    private readonly Lock _gate = new();
    private readonly RetainedTopics _retained = new();
    private readonly WaitingEvents _waiting = new();
    private readonly MessagesInFlight _inFlight = new();
    private readonly HelloMessage _hello = new();
    private readonly List<OutboundMessage> _scores = [];
    private TaskCompletionSource? _room;
    private bool _connected;
    private long _delivered;
    private long _dropped;
    private long _expired;

    /// <summary>The broker has acknowledged that a topic is clear; raised on the connection's thread.</summary>
    public event Action<string>? Cleared;

    /// <summary>Events the broker has acknowledged; with QoS 0, events that were sent.</summary>
    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Events that gave way to newer ones, that the broker refused, or that were left at the end.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Events that were too old to be sent when their turn came.</summary>
    public long Expired => Interlocked.Read(ref _expired);

    /// <summary>Whether there is an event that the broker does not have yet.</summary>
    public bool HasEvents
    {
        get
        {
            lock (_gate)
            {
                return EventCount > 0;
            }
        }
    }

    /// <summary>Whether all is with the broker.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count == 0 && _inFlight.Count == 0 && !_retained.AnyDue;
            }
        }
    }

    /// <summary>How large the largest packet is that has no answer yet, in bytes; 0 when there is none.</summary>
    public int LargestOnItsWay
    {
        get
        {
            lock (_gate)
            {
                return _inFlight.LargestPacket;
            }
        }
    }

    private int EventCount => _waiting.Count + _inFlight.Events.Count();

    /// <summary>
    /// Sets the retained payload of a topic. What equals the payload before is not sent again; topics are sent in the
    /// order in which they were first set.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="qos">The quality of service, 0..2.</param>
    /// <param name="shortForm">The same in fewer bytes, for a broker that does not take the payload; null for none.</param>
    public void SetRetained(string topic, byte[] payload, int qos, byte[]? shortForm = null)
    {
        lock (_gate)
        {
            _retained.Set(topic, payload, qos, shortForm);
        }
    }

    /// <summary>
    /// Takes the retained message of a topic away from the broker, and forgets the topic once the broker has
    /// acknowledged it: somebody else may use it from then on.
    /// </summary>
    public void ClearRetained(string topic) => SetRetained(topic, [], qos: 1);

    /// <summary>Has the payload of a topic sent again, though it has not changed.</summary>
    public void Repeat(string topic)
    {
        lock (_gate)
        {
            _retained.Repeat(topic);
        }
    }

    /// <summary>Has every retained topic sent again.</summary>
    public void RepeatAll()
    {
        lock (_gate)
        {
            _retained.RepeatAll();
        }
    }

    /// <summary>Sets the scores of a topic to be sent next; those before, if not sent yet, are forgotten.</summary>
    public void SetScores(string topic, byte[] payload)
    {
        lock (_gate)
        {
            _scores.RemoveAll(scores => scores.Topic == topic);
            _scores.AddRange(_connected ? [new OutboundMessage(OutboundKind.Scores, topic, payload, qos: 0, _lifetime.End())] : []);
        }
    }

    /// <summary>Sets what is said once on each connection, behind the retained topics. Before the first one.</summary>
    public void SetHello(string topic, byte[] payload) => _hello.Set(topic, payload);

    /// <summary>
    /// Queues an event. When there is no room: while connected it is not queued, and the task to wait for before
    /// trying again is returned; while the broker is away, the oldest of the topic with most events makes room.
    /// </summary>
    /// <returns>Null when the event was queued.</returns>
    public Task? TryAddEvent(string topic, byte[] payload)
    {
        lock (_gate)
        {
            DropExpired();
            if (EventCount >= eventCapacity)
            {
                if (_connected)
                {
                    _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    return _room.Task;
                }

                _waiting.MakeRoom();
                Interlocked.Increment(ref _dropped);
            }

            _waiting.Add(new OutboundMessage(OutboundKind.Event, topic, payload, eventQos, _lifetime.End()));
            return null;
        }
    }

    /// <summary>A connection stands: every retained topic is due again.</summary>
    public void Connected()
    {
        lock (_gate)
        {
            _connected = true;
            _hello.Connected();
            _retained.RepeatAll();
        }
    }

    /// <summary>The connection is gone: events that were on their way are the next again.</summary>
    public void Lost()
    {
        lock (_gate)
        {
            _connected = false;
            _waiting.PutBack(_inFlight.Events);
            _inFlight.Clear();
            _scores.Clear();
            GiveRoom();
        }
    }

    /// <summary>
    /// Takes what is to be published next, and remembers it as on its way until <see cref="Acknowledge"/> or
    /// <see cref="Lost"/>. Null when there is nothing, or too much is on its way.
    /// </summary>
    /// <param name="window">How many the broker lets be on their way.</param>
    public OutboundMessage? Next(int window = Window)
    {
        lock (_gate)
        {
            return MaySend() && _inFlight.HasRoom(Math.Min(window, Window)) && (_retained.Next() ?? _hello.Next() ?? NextEvent() ?? NextScores()) is { } message
                ? _inFlight.Add(message)
                : null;
        }
    }

    /// <summary>The broker has answered to this message; with QoS 0, it was sent.</summary>
    /// <param name="messageId">The id it was given on this connection.</param>
    /// <param name="accepted">Whether the broker took it; one that it does not want is not sent again.</param>
    /// <returns>The message; null where none of this id is on its way.</returns>
    public OutboundMessage? Acknowledge(int messageId, bool accepted = true)
    {
        OutboundMessage? message;
        lock (_gate)
        {
            message = _inFlight.Find(messageId);
            if (message is not null)
            {
                Settle(message, accepted);
            }
        }

        if (accepted && message is { Kind: OutboundKind.Retained, Payload.Length: 0 })
        {
            Cleared?.Invoke(message.Topic);
        }

        return message;
    }

    /// <summary>A message that was taken is not sent, because nobody would have it.</summary>
    public void Refuse(OutboundMessage message)
    {
        lock (_gate)
        {
            Settle(message, accepted: false);
        }
    }

    /// <summary>Forgets the events that are left and counts them as dropped.</summary>
    /// <returns>How many there were.</returns>
    public int Abandon()
    {
        lock (_gate)
        {
            var count = EventCount;
            _waiting.Clear();
            _inFlight.Clear();
            Interlocked.Add(ref _dropped, count);
            GiveRoom();
            return count;
        }
    }

    private void Settle(OutboundMessage message, bool accepted)
    {
        if (message.Kind == OutboundKind.Event)
        {
            Interlocked.Increment(ref accepted ? ref _delivered : ref _dropped);
            GiveRoom();
        }
        else if (message is { Kind: OutboundKind.Retained, Payload.Length: 0 })
        {
            _retained.ForgetCleared(message.Topic);
        }

        _inFlight.Remove(message);
    }

    private OutboundMessage? NextEvent()
    {
        DropExpired();
        return _waiting.Take() is { } oldest ? _lifetime.WithTimeLeft(oldest) : null;
    }

    // The newest of a topic is worth sending, and only where the one before is through.
    private OutboundMessage? NextScores()
    {
        var scores = _scores.Find(scores => !_inFlight.HasScores(scores.Topic));
        return scores is not null && _scores.Remove(scores) ? _lifetime.WithTimeLeft(scores) : null;
    }

    private void DropExpired()
    {
        if (_waiting.DropExpired(_lifetime) is var count and > 0)
        {
            Interlocked.Add(ref _expired, count);
            GiveRoom();
        }
    }

    private void GiveRoom()
    {
        _room?.SetResult();
        _room = null;
    }
}
