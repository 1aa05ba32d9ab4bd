namespace SernetStream.Mqtt.Session;

/// <summary>
/// The largest message that the broker takes: as it states, or as its behaviour shows. With MQTT 3.1.1 it can only
/// close the connection, and does so for other reasons too; so the limit is assumed only after it did so twice at a
/// large message.
/// </summary>
/// <param name="clock">The clock by which what was learnt is forgotten.</param>
internal sealed class MessageSizes(TimeProvider clock)
{
    /// <summary>A message below this many bytes is no reason to close a connection.</summary>
    public const int Large = 1024;

    private const int TimesToBelieve = 2;

    // A broker may have been given a higher limit by then.
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private long _said = long.MaxValue;
    private long _learnt = long.MaxValue;
    private long _learntAt;
    private int _suspect = int.MaxValue;
    private int _times;

    /// <summary>The largest packet that is worth sending, in bytes.</summary>
    public long Limit => Math.Min(_said, _learnt);

    /// <summary>A connection stands, and the broker has said what it takes.</summary>
    public void Connected(BrokerLimits limits)
    {
        _said = limits.PacketSize;
        if (_learnt < long.MaxValue && clock.GetElapsedTime(_learntAt) > Memory)
        {
            _learnt = long.MaxValue;
        }
    }

    /// <summary>The broker has taken a packet of this size.</summary>
    public void Taken(int size)
    {
        if (size >= _suspect)
        {
            (_suspect, _times) = (int.MaxValue, 0);
        }
    }

    /// <summary>The broker says that a packet of this size is too large.</summary>
    public void Refused(int size)
    {
        _learnt = size - 1;
        _learntAt = clock.GetTimestamp();
        (_suspect, _times) = (int.MaxValue, 0);
    }

    /// <summary>The broker closed the connection when this was the largest packet without an answer.</summary>
    /// <returns>Whether it is believed now that the size was why.</returns>
    public bool Closed(int size)
    {
        if (size < Large)
        {
            return false;
        }

        _suspect = Math.Min(_suspect, size);
        if (++_times < TimesToBelieve)
        {
            return false;
        }

        Refused(_suspect);
        return true;
    }
}
