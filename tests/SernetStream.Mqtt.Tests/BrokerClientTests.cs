using System.Net;
using System.Net.Sockets;
using SernetStream.Mqtt.Session;
using SernetStream.Testing;

namespace SernetStream.Mqtt.Tests;

/// <summary>
/// How MQTTnet behaves with a real broker where callers may not expect it: refusals without exceptions, faults thrown at
/// once or much later, answers out of order, and ends without a reason.
/// </summary>
public sealed class BrokerClientTests : IDisposable
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(60);
    private readonly LoopSignal _signal = new();

    public void Dispose() => _signal.Dispose();

    [NeedsTheory("mosquitto", "mosquitto_passwd")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task A_refused_login_is_a_reply_and_no_fault(MqttVersion version)
    {
        await using var broker = await MosquittoBroker.StartNewAsync("kitchen", "right");
        using var client = new BrokerClient("test", version, _signal);
        client.SetCredentials("kitchen", "wrong");

        Assert.Null(await ConnectAsync(client, broker.Port));
        Assert.Equal(MqttReason.NotAuthorised, client.ConnectReply);
    }

    [NeedsTheory("mosquitto")]
    [InlineData(MqttVersion.V311, 0)]
    [InlineData(MqttVersion.V5, 0x95)]
    public async Task Only_MQTT_5_tells_that_a_message_was_too_large(MqttVersion version, int code)
    {
        await using var broker = await MosquittoBroker.StartWithAsync("message_size_limit 1000");
        using var client = await ConnectedAsync(broker.Port, version);

        var id = client.Publish("topic", new byte[2000], qos: 1, retain: false, expiry: null);

        Assert.Equal(new BrokerAnswer(id, code), await AnswerAsync(client));
    }

    [NeedsTheory("mosquitto")]
    [InlineData(MqttVersion.V311, false)]
    [InlineData(MqttVersion.V5, true)]
    public async Task The_limits_of_a_broker_are_known_where_it_says_them(MqttVersion version, bool known)
    {
        await using var broker = await MosquittoBroker.StartWithAsync(
            "max_qos 1", "max_packet_size 2000", "max_inflight_messages 3", "retain_available false", "max_keepalive 10");
        using var client = await ConnectedAsync(broker.Port, version);

        var limits = new BrokerLimits
        {
            PacketSize = 2000,
            Window = 3,
            Qos = 1,
            KeepsRetained = false,
            KeepAlive = TimeSpan.FromSeconds(10),
        };
        Assert.Equal(known ? limits : new BrokerLimits(), client.Limits);
    }

    [NeedsFact("mosquitto")]
    public async Task Publishing_into_a_connection_that_is_gone_does_not_throw()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        using var client = await ConnectedAsync(broker.Port);
        await broker.KillAsync();
        await EndAsync(client);

        client.Publish("topic", [], qos: 1, retain: false, expiry: null);
        client.Subscribe("topic");

        Assert.Equal(BrokerFaultKind.Closed, client.End!.Kind);
        Assert.False(client.TryTakeAcknowledged(out _));
    }

    [NeedsTheory("mosquitto")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_frozen_broker_is_given_up_after_the_keep_alive_whatever_is_under_way(int qos)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        using var client = await ConnectedAsync(broker.Port, keepAlive: TimeSpan.FromSeconds(5));
        broker.Freeze();

        // At QoS 0, send more than the kernel can buffer.
        client.Publish("topic", new byte[qos == 0 ? 32 << 20 : 10], qos, retain: false, expiry: null);

        Assert.Equal(BrokerFault.FellSilent, await EndAsync(client));
    }

    [Fact]
    public async Task An_end_of_file_is_an_end_without_a_reason()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new BrokerClient("test", MqttVersion.V5, _signal);
        var connecting = ConnectAsync(client, ((IPEndPoint)listener.LocalEndpoint).Port);
        using (var broker = await listener.AcceptTcpClientAsync())
        {
            await broker.GetStream().ReadExactlyAsync(new byte[1]);
            await broker.GetStream().WriteAsync((byte[])[0x20, 3, 0, 0, 0]);
            Assert.Null(await connecting);
            broker.Client.Shutdown(SocketShutdown.Send);
            Assert.Equal(BrokerFault.Closed, await EndAsync(client));
        }

        Assert.Null(client.DisconnectReason);
    }

    [Fact]
    public async Task A_connect_can_be_cancelled_wherever_it_is()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new BrokerClient("test", MqttVersion.V311, _signal);
        using var cancel = new CancellationTokenSource();
        var connecting = ConnectAsync(client, ((IPEndPoint)listener.LocalEndpoint).Port, cancel: cancel.Token);
        using var broker = await listener.AcceptTcpClientAsync();
        await broker.GetStream().ReadExactlyAsync(new byte[1]);

        await cancel.CancelAsync();

        Assert.Equal(BrokerFault.NoAnswer, await connecting.WaitAsync(WaitTimeout));
    }

    [NeedsFact("mosquitto")]
    public async Task Messages_that_nobody_takes_are_not_acknowledged_and_come_once_somebody_does()
    {
        const int Count = 200;
        await using var broker = await MosquittoBroker.StartNewAsync();
        using var client = await ConnectedAsync(broker.Port);
        client.Subscribe("topic");
        await UntilAsync(client, () => client.TryTakeSubscribed(out _));
        using var sender = new Support.RawClient(broker.Port, "sender");
        for (var i = 0; i < Count; i++)
        {
            sender.Publish("topic", new byte[i]);
        }

        for (var i = 0; i < Count; i++)
        {
            InboundMessage message = default;
            await UntilAsync(client, () => client.TryTakeReceived(out message));
            Assert.Equal(i, message.Length);
        }
    }

    private static MqttOptions Options(int port, TimeSpan? keepAlive) => new()
    {
        Host = "127.0.0.1",
        Port = port,
        KeepAlive = keepAlive ?? TimeSpan.FromSeconds(60),
    };

    private static async Task<BrokerFault?> ConnectAsync(
        BrokerClient client, int port, TimeSpan? keepAlive = null, CancellationToken cancel = default)
    {
        var options = Options(port, keepAlive);
        using var wire = new BrokerWire(options);
        return await client.ConnectAsync(options, wire, cancel);
    }

    private async Task<BrokerClient> ConnectedAsync(
        int port, MqttVersion version = MqttVersion.V311, TimeSpan? keepAlive = null)
    {
        var client = new BrokerClient("test", version, _signal);
        Assert.Null(await ConnectAsync(client, port, keepAlive));
        Assert.Equal(0, client.ConnectReply);
        return client;
    }

    private async Task<BrokerAnswer> AnswerAsync(BrokerClient client)
    {
        BrokerAnswer answer = default;
        await UntilAsync(client, () => client.TryTakeAcknowledged(out answer));
        return answer;
    }

    private async Task<BrokerFault> EndAsync(BrokerClient client)
    {
        await UntilAsync(client, () => client.End is not null);
        return client.End!;
    }

    private async Task UntilAsync(BrokerClient client, Func<bool> come)
    {
        var until = StopwatchTime.In(WaitTimeout);
        while (!come())
        {
            Assert.True(StopwatchTime.Left(until) > TimeSpan.Zero, "It did not come in time.");
            await _signal.WaitAsync(BrokerClient.Housekeeping);
            client.LookAfter();
        }
    }
}
