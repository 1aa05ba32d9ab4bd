using SernetStream.Mqtt.Session;

namespace SernetStream.Mqtt.Tests.Support;

/// <summary>A client that can publish any bytes, without a process for each message as <c>mosquitto_pub</c> needs.</summary>
internal sealed class RawClient : IDisposable
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(60);

    private readonly LoopSignal _signal = new();
    private readonly BrokerWire _wire;
    private readonly BrokerClient _client;

    public RawClient(int port, string clientId = "raw", MqttVersion version = MqttVersion.V311)
    {
        var options = new MqttOptions { Host = "127.0.0.1", Port = port, KeepAlive = TimeSpan.FromSeconds(60) };
        _wire = new BrokerWire(options);
        _client = new BrokerClient(clientId, version, _signal);
        using var patience = new CancellationTokenSource(WaitTimeout);
        Require(Task.Run(() => _client.ConnectAsync(options, _wire, patience.Token)).GetAwaiter().GetResult() is null);
        Require(_client.ConnectReply == 0);
    }

    /// <summary>Publishes with QoS 1, and returns when the broker has acknowledged it.</summary>
    public void Publish(string topic, ReadOnlySpan<byte> payload, bool retain = false)
    {
        var id = _client.Publish(topic, payload.ToArray(), qos: 1, retain, expiry: null);
        Until(() => _client.TryTakeAcknowledged(out var answer) && answer.MessageId == id);
    }

    /// <summary>Subscribes, and returns when the broker has confirmed it.</summary>
    public void Subscribe(string filter)
    {
        _client.Subscribe(filter);
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
        Task.Run(() => _client.DisconnectAsync(WaitTimeout)).GetAwaiter().GetResult();
        _client.Dispose();
        _wire.Dispose();
        _signal.Dispose();
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
        var until = StopwatchTime.In(WaitTimeout);
        while (!come())
        {
            Require(_client.End is null && StopwatchTime.Left(until) > TimeSpan.Zero);
            Task.Run(() => _signal.WaitAsync(BrokerClient.Housekeeping)).GetAwaiter().GetResult();
            _client.LookAfter();
        }
    }
}
