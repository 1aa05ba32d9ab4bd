using SernetStream.Configuration;
using SernetStream.Publishing;

namespace SernetStream.Web.Dashboard;

/// <summary>
/// Tells every open dashboard what happens. It is a publisher like the others, with a queue of its own; level and
/// picture are fetched ten times a second from the meter. Each message is made once, however many read it, and put into
/// each browser's own queue, where it never waits.
/// </summary>
internal sealed class LiveFeed : IEventPublisher
{
    private const int RememberedEvents = 50;
    private const int PulsesPerCounters = 10;
    private static readonly TimeSpan PulseLength = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly HashSet<StreamClient> _clients = [];
    private readonly Queue<EmotionEvent> _recent = new();
    private readonly byte[] _columns = new byte[LiveImage.Rows * LiveImage.Columns];
    private readonly WebOptions _options;
    private NodeView? _node;
    private long _droppedBefore;
    private long _lastUtterance;
    private bool _isEnded;

    /// <summary>Makes one that nobody reads yet.</summary>
    public LiveFeed(WebOptions options)
    {
        _options = options;
        Meter = new LiveMeter(options.ShowsImage);
    }

    /// <inheritdoc/>
    public string Name => "dashboard";

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

            Post(FeedMessages.Event(emotionEvent));
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        End();
        return ValueTask.CompletedTask;
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

    /// <summary>What a browser must know before all else.</summary>
    public byte[] Hello(NodeView node)
    {
        lock (_gate)
        {
            return FeedMessages.Hello(node, _recent, _options);
        }
    }

    /// <summary>Sends pulses and counters until it is cancelled.</summary>
    public async Task RunAsync(NodeView node, CancellationToken stop)
    {
        _node = node;
        node.Controls.Changed += Pulse;
        try
        {
            using var timer = new PeriodicTimer(PulseLength);
            for (var pulse = 0L; await timer.WaitForNextTickAsync(stop).ConfigureAwait(false); pulse++)
            {
                if (!Meter.IsWatched)
                {
                    continue;
                }

                Pulse();
                if (pulse % PulsesPerCounters == 0)
                {
                    Broadcast(FeedMessages.Counters(node, Clients));
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node ends.
        }
        finally
        {
            node.Controls.Changed -= Pulse;
            End();
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

    private void End()
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
}
