using SernetStream.Mqtt.Session;

namespace SernetStream.Mqtt.Outbox;

/// <summary>A retained topic whose value is looked at again and again, and published with QoS 0.</summary>
/// <param name="topic">The topic.</param>
/// <param name="next">How long until the next look; asked after each.</param>
/// <param name="value">The value; null: it is not worth publishing.</param>
internal sealed class TimedTopic(string topic, Func<TimeSpan> next, Func<byte[]?> value)
{
    private long _due;
    private volatile bool _isNews;

    /// <summary>It is looked at with the next tick. Any thread may call it.</summary>
    public void Changed() => _isNews = true;

    /// <summary>Looks, if it is time.</summary>
    /// <returns>How long until it is time again.</returns>
    public TimeSpan Tick(MqttOutbox outbox)
    {
        if (_isNews || StopwatchTime.Left(_due) == TimeSpan.Zero)
        {
            _isNews = false;
            _due = StopwatchTime.In(next());
            if (value() is { } payload)
            {
                outbox.SetRetained(topic, payload, qos: 0);
            }
        }

        return StopwatchTime.Left(_due);
    }
}
