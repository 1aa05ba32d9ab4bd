using System.Diagnostics;
using SernetStream.Mqtt.Outbox;
using SernetStream.Publishing;

namespace SernetStream.Mqtt;

/// <summary>One room at the broker, over the connection of its house: see <see cref="MqttPublisher.AddRoom"/>.</summary>
public sealed class MqttRoom : IEventPublisher
{
    private static readonly TimeSpan SettleInterval = TimeSpan.FromMilliseconds(20);

    private readonly MqttNode _node;
    private readonly MqttOutbox _outbox;
    private readonly IReadOnlyList<string> _retained;
    private readonly Action<MqttRoom> _left;
    private readonly Action _wake;
    private int _isOver;

    internal MqttRoom(MqttNode node, MqttOutbox outbox, IReadOnlyList<string> retained, Action<MqttRoom> left, Action wake) =>
        (_node, _outbox, _retained, _left, _wake) = (node, outbox, retained, left, wake);

    /// <inheritdoc/>
    public string Name => "mqtt";

    /// <summary>The room's topics.</summary>
    public MqttTopics Topics => _node.Topics;

    internal MqttNode Node => _node;

    /// <inheritdoc/>
    public ValueTask StartAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask PublishAsync(EmotionEvent emotionEvent, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(emotionEvent);
        return _node.PublishAsync(emotionEvent, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask PublishSpeechAsync(bool speaking, CancellationToken cancellationToken)
    {
        _node.PublishSpeech(speaking);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc cref="MqttPublisher.HealthChanged"/>
    public void HealthChanged() => _node.HealthChanged();

    /// <summary>
    /// Whether there is no such room any more: its end then takes away all that the broker keeps for it. Otherwise the room only
    /// becomes <c>offline</c>.
    /// </summary>
    public bool IsRemoved { get; set; }

    /// <summary>
    /// Another silo has the room from now on, or nobody. When this returns, the broker has what was said of it, or could not be told in
    /// time; and this silo says no more of it.
    /// </summary>
    /// <param name="offline">Whether the room is to be offline meanwhile.</param>
    /// <param name="limit">How long it may take.</param>
    public async Task LeaveAsync(bool offline, TimeSpan limit)
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
        {
            return;
        }

        _node.End();
        _left(this);
        if (offline)
        {
            _outbox.SetRetained(Topics.Availability, MqttTopics.Offline.ToArray(), qos: 1);
            _wake();
        }

        var topics = new HashSet<string>([.. _retained, Topics.Event, Topics.Scores]);
        var began = Stopwatch.GetTimestamp();
        while (!_outbox.IsSettled(topics) && Stopwatch.GetElapsedTime(began) < limit)
        {
            await Task.Delay(SettleInterval).ConfigureAwait(false);
        }

        _outbox.Forget(topics);
    }

    /// <summary>Nobody listens in the room from now on.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
        {
            return ValueTask.CompletedTask;
        }

        _node.End();
        _left(this);
        if (IsRemoved)
        {
            // The availability last: after a crash in between, the rest is found again.
            foreach (var topic in _retained.OrderBy(topic => topic == Topics.Availability))
            {
                _outbox.ClearRetained(topic);
            }
        }
        else
        {
            _outbox.SetRetained(Topics.Availability, MqttTopics.Offline.ToArray(), qos: 1);
        }

        _wake();
        return ValueTask.CompletedTask;
    }
}
