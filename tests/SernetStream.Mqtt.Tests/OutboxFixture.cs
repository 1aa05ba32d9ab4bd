using System.Text;
using SernetStream.Mqtt.Outbox;

namespace SernetStream.Mqtt.Tests;

/// <summary>Fills an outbox, and takes messages from it as a connection does.</summary>
public abstract class OutboxFixture
{
    /// <summary>The id of the last message sent.</summary>
    private protected int LastId { get; private set; }

    private protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private protected static void AddEvent(MqttOutbox outbox, string payload) =>
        Assert.Null(outbox.TryAddEvent("event", Bytes(payload)));

    private protected List<string> Send(MqttOutbox outbox)
    {
        var sent = new List<string>();
        while (outbox.Next() is { } message)
        {
            message.MessageId = ++LastId;
            sent.Add(Encoding.UTF8.GetString(message.Payload));
        }

        return sent;
    }
}
