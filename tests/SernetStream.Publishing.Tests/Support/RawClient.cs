using SernetStream.Posix;
using SernetStream.Publishing.Mqtt;

namespace SernetStream.Publishing.Tests.Support;

/// <summary>A client that publishes any bytes, which <c>mosquitto_pub</c> needs a process a message for.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly MosquittoClient _client;
    private readonly WakeEvent _wake = new();

    public RawClient(int port, string clientId = "raw", MqttVersion version = MqttVersion.V311)
    {
        _client = new MosquittoClient(clientId, version);
        Require(_client.Connect("127.0.0.1", port, TimeSpan.FromSeconds(60)).IsSuccess);
        Until(() => _client.ConnectReply is not null);
        Require(_client.ConnectReply == 0);
    }

    /// <summary>Publishes with QoS 1, and returns when the broker has it.</summary>
    public void Publish(string topic, ReadOnlySpan<byte> payload, bool retain = false)
    {
        Require(_client.Publish(topic, payload, qos: 1, retain, expiry: null, out var id).IsSuccess);
        Until(() => _client.TryTakeAcknowledged(out var answer) && answer.MessageId == id);
    }

    /// <summary>Subscribes, and returns when the broker has confirmed it.</summary>
    public void Subscribe(string filter)
    {
        Require(_client.Subscribe(filter, out _).IsSuccess);
        Until(() => _client.TryTakeSubscribed(out _));
    }

    /// <summary>Waits for the next message.</summary>
    public InboundMessage Receive()
    {
        InboundMessage message = default;
        Until(() => _client.TryTakeReceived(out message));
        return message;
    }

    public void Dispose()
    {
        _client.Disconnect();
        _client.Dispose();
        _wake.Dispose();
    }

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException("The raw client could not do what the test asked for.");
        }
    }

    private void Until(Func<bool> come)
    {
        var until = StopwatchTime.In(Patience);
        while (!come())
        {
            Require(_client.Step(_wake, TimeSpan.FromSeconds(1)).IsSuccess && StopwatchTime.Left(until) > TimeSpan.Zero);
        }
    }
}
