using SernetStream.Models;
using SernetStream.Mqtt;
using SernetStream.Publishing;

namespace SernetStream.Cluster.Events;

/// <summary>
/// Events to an MQTT broker, on the topics that a node of the room's name would have. All rooms of a silo share its connection,
/// as those of a house do: its last will says that the silo is offline, and so that its rooms are until another has them.
/// </summary>
/// <remarks>
/// An event is queued behind those of all rooms; the oldest give way when the broker is slow. Nothing is sent while the fence is
/// closed, also of what was queued before.
/// </remarks>
internal sealed class MqttEvents : IRoomEvents, IAsyncDisposable
{
    private const int QueueLength = 4096;
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(2);

    private readonly MqttPublisher _silo;

    /// <param name="options">The broker; the node is the silo.</param>
    /// <param name="mayPublish">Whether something may leave this silo now.</param>
    /// <param name="log">One line per change.</param>
    public MqttEvents(MqttOptions options, Func<bool> mayPublish, ILogger log)
    {
        _silo = new MqttPublisher(options with { Node = $"silo-{options.Node}", IsHouse = true, IsSilo = true, EventQueue = QueueLength }, log);
        _silo.Outbox.MaySend = mayPublish;
    }

    /// <summary>Begins to connect; before the first room.</summary>
    public ValueTask StartAsync() => _silo.StartAsync(CancellationToken.None);

    public IRoomOutlet Open(string room, ModelCard card, INodeControls controls, Func<NodeHealth> health) =>
        new Outlet(_silo.AddRoom(room, new NodeDescription { Model = card.Name, Labels = card.Labels }, controls, health));

    /// <summary>Sends what is queued, and says goodbye.</summary>
    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    private sealed class Outlet(MqttRoom room) : IRoomOutlet
    {
        public ValueTask PublishAsync(EmotionEvent emotionEvent) => room.PublishAsync(emotionEvent, CancellationToken.None);

        public ValueTask PublishSpeechAsync(bool speaking) => room.PublishSpeechAsync(speaking, CancellationToken.None);

        public Task CloseAsync(bool offline) => room.LeaveAsync(offline, CloseLimit);
    }
}
