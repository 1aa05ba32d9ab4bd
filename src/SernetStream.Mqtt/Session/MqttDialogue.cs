namespace SernetStream.Mqtt.Session;

/// <summary>
/// The conversations of all nodes that share a connection: of the one that it belongs to, and of rooms that come and go. The
/// connection's thread drives it; any thread adds and removes.
/// </summary>
/// <param name="own">The one that the connection belongs to.</param>
internal sealed class MqttDialogue(MqttSession own)
{
    private readonly Dictionary<string, MqttSession> _askedBy = [];
    private readonly HashSet<MqttSession> _begun = [];
    private readonly Lock _gate = new();
    private readonly Lock _turn = new();
    private volatile MqttSession[] _sessions = [own];

    /// <summary>A room has come.</summary>
    public void Add(MqttSession session) => Change(sessions => [.. sessions, session]);

    /// <summary>A room has gone. When this returns, nothing is said for it any more.</summary>
    public void Remove(MqttSession session)
    {
        lock (_turn)
        {
            Change(sessions => [.. sessions.Where(other => other != session)]);
        }
    }

    /// <inheritdoc cref="MqttSession.Connected"/>
    public void Connected()
    {
        _askedBy.Clear();
        _begun.Clear();
        Begin();
    }

    /// <inheritdoc cref="MqttSession.TryTakeFilter"/>
    public bool TryTakeFilter(out string filter)
    {
        foreach (var session in _sessions)
        {
            if (session.TryTakeFilter(out filter))
            {
                _askedBy[filter] = session;
                return true;
            }
        }

        filter = "";
        return false;
    }

    /// <inheritdoc cref="MqttSession.Subscribed"/>
    public void Subscribed(string filter, bool accepted) => _askedBy.GetValueOrDefault(filter)?.Subscribed(filter, accepted);

    /// <inheritdoc cref="MqttSession.Heard"/>
    public void Heard(InboundMessage message)
    {
        lock (_turn)
        {
            foreach (var session in _sessions)
            {
                session.Heard(message);
            }
        }
    }

    /// <inheritdoc cref="MqttSession.Tick"/>
    public TimeSpan Tick()
    {
        lock (_turn)
        {
            Begin();
            var wait = TimeSpan.MaxValue;
            foreach (var session in _sessions)
            {
                var due = session.Tick();
                wait = due < wait ? due : wait;
            }

            return wait;
        }
    }

    /// <summary>Tells those that have come since of the connection.</summary>
    private void Begin()
    {
        foreach (var session in _sessions)
        {
            if (_begun.Add(session))
            {
                session.Connected();
            }
        }
    }

    private void Change(Func<MqttSession[], MqttSession[]> change)
    {
        lock (_gate)
        {
            _sessions = change(_sessions);
        }
    }
}
