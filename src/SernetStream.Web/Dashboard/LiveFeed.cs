using SernetStream.Configuration;
using SernetStream.Publishing;

namespace SernetStream.Web.Dashboard;

/// <summary>
/// Tells every open page of a room what happens there. It is a publisher like the others, with a queue of its own; level and
/// picture are fetched ten times a second from the meter. Each message is made once, however many read it, and put into
/// each browser's own queue, where it never waits.
/// </summary>
internal sealed class LiveFeed : IEventPublisher
{
    private const int RememberedEvents = 50;
    private const int PulsesPerCounters = 10;

    /// <summary>How long a pulse is.</summary>
    public static readonly TimeSpan PulseLength = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly HashSet<StreamClient> _clients = [];
    private readonly Queue<EmotionEvent> _recent = new();
    private readonly byte[] _columns = new byte[LiveImage.Rows * LiveImage.Columns];
    private readonly WebOptions _options;
    private volatile NodeView? _node;
    private volatile Mood? _mood;
    private volatile bool _isSpeaking;
    private long _droppedBefore;
    private long _lastUtterance;
    private bool _isEnded;

    /// <summary>Makes one that nobody reads yet.</summary>
    /// <param name="room">The name of the node, or of the room in a house.</param>
    /// <param name="options">What is shown, and to how many.</param>
    public LiveFeed(string room, WebOptions options)
    {
        Room = room;
        _options = options;
        Meter = new LiveMeter(options.ShowsImage);
    }

    /// <inheritdoc/>
    public string Name => "dashboard";

    /// <summary>The name of the node, or of the room in a house.</summary>
    public string Room { get; }

    /// <summary>What is shown; null: it was not heard yet.</summary>
    public NodeView? Node => _node;

    /// <summary>The newest mood, and since when; null: nobody has spoken yet.</summary>
    public Mood? Mood => _mood;

    /// <summary>Whether somebody speaks.</summary>
    public bool IsSpeaking => _isSpeaking;

    /// <summary>What looks on at the pipeline.</summary>
    public LiveMeter Meter { get; }

    /// <summary>Dashboards that are open.</summary>
    public int Clients
    {
        get
        {
            lock (_gate)
            {
                return _clients.Count;
            }
        }
    }

    /// <summary>The number of the last utterance's end; 0: nobody has spoken yet.</summary>
    public long LastUtterance
    {
        get => Interlocked.Read(ref _lastUtterance);
        private set => Interlocked.Exchange(ref _lastUtterance, value);
    }

    /// <summary>Messages that browsers were too slow for.</summary>
    public long Dropped
    {
        get
        {
            lock (_gate)
            {
                return _droppedBefore + _clients.Sum(client => client.Dropped);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _recent.Enqueue(emotionEvent);
            if (_recent.Count > RememberedEvents)
            {
                _recent.Dequeue();
            }

            if (emotionEvent.Kind == EmotionEventKind.Final)
            {
                LastUtterance = emotionEvent.Sequence;
            }

            _mood = new Mood(emotionEvent, _mood is { } mood && mood.Event.Emotion == emotionEvent.Emotion ? mood.Since : emotionEvent.Time);
            Post(FeedMessages.Event(emotionEvent));
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken)
    {
        _isSpeaking = speaking;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (_node is { } node)
        {
            node.Controls.Changed -= Pulse;
        }

        End();
        return ValueTask.CompletedTask;
    }

    /// <summary>Shows this from now on: a room that is opened again is another.</summary>
    public void Show(NodeView node)
    {
        if (_node is { } before)
        {
            before.Controls.Changed -= Pulse;
        }

        _node = node;
        node.Controls.Changed += Pulse;
    }

    /// <summary>Lets a browser in; null if there are too many, or it is over.</summary>
    public StreamClient? Join()
    {
        lock (_gate)
        {
            if (_isEnded || _clients.Count >= _options.MaxClients)
            {
                return null;
            }

            var client = new StreamClient();
            _clients.Add(client);
            Meter.IsWatched = true;
            return client;
        }
    }

    /// <summary>A browser has gone.</summary>
    public void Leave(StreamClient client)
    {
        lock (_gate)
        {
            if (_clients.Remove(client))
            {
                _droppedBefore += client.Dropped;
            }

            Meter.IsWatched = _clients.Count > 0;
        }
    }

    /// <summary>What a browser must know before all else. Only once there is something to show.</summary>
    public byte[] Hello()
    {
        lock (_gate)
        {
            return FeedMessages.Hello(_node!, _recent, _options);
        }
    }

    /// <summary>Sends a pulse, and now and then the counters, if somebody looks.</summary>
    /// <param name="pulse">Counts the pulses.</param>
    public void Tick(long pulse)
    {
        if (!Meter.IsWatched || _node is not { } node)
        {
            return;
        }

        Pulse();
        if (pulse % PulsesPerCounters == 0)
        {
            Broadcast(FeedMessages.Counters(node, Clients));
        }
    }

    /// <summary>Ends the streams of those who look.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isEnded = true;
            foreach (var client in _clients)
            {
                client.End();
            }
        }
    }

    private void Pulse()
    {
        lock (_gate)
        {
            var length = Meter.Image.Take(_columns);
            Post(FeedMessages.Pulse(_node!, Meter.Take(), _columns.AsSpan(0, length)));
        }
    }

    private void Broadcast(byte[] message)
    {
        lock (_gate)
        {
            Post(message);
        }
    }

    private void Post(byte[] message)
    {
        foreach (var client in _clients)
        {
            client.Post(message);
        }
    }
}

/// <summary>How it sounds in a room.</summary>
/// <param name="Event">The newest event.</param>
/// <param name="Since">When its emotion became that of the room.</param>
internal sealed record Mood(EmotionEvent Event, DateTimeOffset Since);
