using System.Diagnostics;
using SernetStream.Models;
using SernetStream.Mqtt;
using SernetStream.Mqtt.HomeAssistant;
using SernetStream.Mqtt.Outbox;
using SernetStream.Publishing;

namespace SernetStream.Cluster.Events;

/// <summary>
/// Events to an MQTT broker, on the topics that a node of the room's name would have. All rooms of a silo share its connection:
/// its last will says that the silo is offline, and each room's own availability follows the room.
/// </summary>
/// <remarks>
/// An event is queued behind those of all rooms; the oldest give way when the broker is slow. Nothing is sent while the fence is
/// closed, also of what was queued before.
/// </remarks>
internal sealed class MqttEvents : IRoomEvents, IAsyncDisposable
{
    private const int QueueLength = 4096;
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CloseInterval = TimeSpan.FromMilliseconds(20);

    private readonly MqttOptions _options;
    private readonly MqttPublisher _silo;

    /// <param name="options">The broker; the node is the silo.</param>
    /// <param name="mayPublish">Whether something may leave this silo now.</param>
    /// <param name="log">One line per change.</param>
    public MqttEvents(MqttOptions options, Func<bool> mayPublish, ILogger log)
    {
        // A silo is no device of a hub; its rooms are.
        _options = options;
        _silo = new MqttPublisher(options with { Node = $"silo-{options.Node}", DiscoveryPrefix = null, EventQueue = QueueLength }, log);
        _silo.Outbox.MaySend = mayPublish;
    }

    /// <summary>Begins to connect.</summary>
    public ValueTask StartAsync() => _silo.StartAsync(CancellationToken.None);

    public IRoomOutlet Open(string room, ModelCard card) => new Outlet(this, room, card);

    /// <summary>Sends what is queued, and says goodbye.</summary>
    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    private sealed class Outlet : IRoomOutlet
    {
        private readonly MqttEvents _events;
        private readonly MqttTopics _topics;
        private readonly Lock _gate = new();
        private MqttState _state = MqttState.Initial;
        private bool _isClosed;

        public Outlet(MqttEvents events, string room, ModelCard card)
        {
            _events = events;
            var options = events._options with { Node = room, DeviceId = null };
            _topics = new MqttTopics(options.BaseTopic, room);
            Outbox.SetRetained(_topics.Availability, MqttTopics.Online.ToArray(), qos: 1);
            Outbox.SetRetained(_topics.State, MqttPayloads.State(_state), options.Qos);
            if (options.DiscoveryTopic is { } topic)
            {
                var description = new NodeDescription { Model = card.Name, Labels = card.Labels };
                var message = HomeAssistantDiscovery.ToUtf8(options, _topics, description, controls: null, new Dictionary<string, string>());
                Outbox.SetRetained(topic, message, qos: 1, HomeAssistantShortForm.Of(message));
            }

            events._silo.Wake();
        }

        private MqttOutbox Outbox => _events._silo.Outbox;

        public ValueTask PublishAsync(EmotionEvent emotionEvent)
        {
            if (emotionEvent.Kind == EmotionEventKind.Interim)
            {
                if (_events._options.PublishInterim)
                {
                    Post(_topics.Scores, emotionEvent);
                }

                return ValueTask.CompletedTask;
            }

            SetState(state => state with { Emotion = emotionEvent.Emotion, Confidence = emotionEvent.Confidence });
            SetRetained(_topics.Attributes, MqttPayloads.Attributes(emotionEvent));
            Post(_topics.Event, emotionEvent);
            return ValueTask.CompletedTask;
        }

        public ValueTask PublishSpeechAsync(bool speaking)
        {
            SetState(state => state with { Speaking = speaking });
            _events._silo.Wake();
            return ValueTask.CompletedTask;
        }

        public async Task CloseAsync(bool offline)
        {
            lock (_gate)
            {
                _isClosed = true;
            }

            if (offline)
            {
                Outbox.SetRetained(_topics.Availability, MqttTopics.Offline.ToArray(), qos: 1);
                _events._silo.Wake();
            }

            var began = Stopwatch.GetTimestamp();
            while (!Outbox.IsSettled(_topics.Root) && Stopwatch.GetElapsedTime(began) < CloseLimit)
            {
                await Task.Delay(CloseInterval).ConfigureAwait(false);
            }

            Outbox.Forget(_topics.Root);
        }

        private void Post(string topic, EmotionEvent emotionEvent)
        {
            Outbox.PostEvent(topic, MqttPayloads.Event(emotionEvent));
            _events._silo.Wake();
        }

        private void SetState(Func<MqttState, MqttState> change)
        {
            lock (_gate)
            {
                _state = change(_state);
            }

            SetRetained(_topics.State, MqttPayloads.State(_state));
        }

        private void SetRetained(string topic, byte[] payload)
        {
            lock (_gate)
            {
                if (!_isClosed)
                {
                    Outbox.SetRetained(topic, payload, _events._options.Qos);
                }
            }
        }
    }
}
