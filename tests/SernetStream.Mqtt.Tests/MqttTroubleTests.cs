using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Publishing;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>The message when a broker refuses this client or the port is not a broker's; it is logged once.</summary>
public sealed class MqttTroubleTests
{
    [NeedsFact("mosquitto", "mosquitto_sub", "mosquitto_passwd")]
    public async Task A_wrong_password_is_said_once_and_tried_slowly_until_it_is_right()
    {
        const string Password = "correct horse";
        await using var broker = await MosquittoBroker.StartNewAsync("kitchen", "another one");
        await using var wire = new LoopbackProxy(broker.Port);
        var logger = new ListLogger();
        var options = Options(wire.Port) with { UserName = "kitchen", Password = Password };
        await using var publisher = await StartAsync(options, logger);

        await wire.MoreAttemptsAsync(4);
        Assert.Equal(
            [$"Warning: MQTT: 127.0.0.1:{wire.Port} refused the user name or password; trying again in the background"],
            logger.Lines);

        await broker.SetPasswordAsync("kitchen", Password);
        await broker.StopAsync();
        await broker.StartAsync();
        await logger.LineAsync("connected to");
        await using var subscriber = await broker.SubscribeAsync("#", "kitchen", Password);
        await subscriber.MessageAsync(Availability, "online");
        Assert.DoesNotContain(logger.Lines, line => line.Contains(Password, StringComparison.Ordinal));
    }

    [NeedsFact("mosquitto", "mosquitto_passwd")]
    public async Task A_broker_that_wants_a_password_says_so()
    {
        await using var broker = await MosquittoBroker.StartNewAsync("kitchen", "secret");
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(broker.Port), logger);

        await logger.LineAsync($"127.0.0.1:{broker.Port} wants a user name and a password; trying again");
    }

    [NeedsFact("mosquitto")]
    public async Task Trying_again_is_said_once_however_often_it_fails()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        await using var wire = new LoopbackProxy(broker.Port);
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(wire.Port), logger);
        await logger.LineAsync("connected to");

        for (var times = 1; times <= 3; times++)
        {
            wire.Cut();
            await wire.MoreAttemptsAsync(4);
            Assert.Equal(times, logger.Lines.Count(line => line.Contains(" lost (", StringComparison.Ordinal)));
            Assert.InRange(logger.Lines.Count, (3 * times) - 1, 3 * times);
            wire.Mend();
            await logger.LinesAsync(times + 1, "connected to");
        }
    }

    [Fact]
    public async Task A_host_that_does_not_exist_is_named()
    {
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(1883) with { Host = "broker.invalid" }, logger);

        await logger.LineAsync("Warning: MQTT: cannot reach broker.invalid:1883 (");
    }

    [Fact]
    public async Task Something_else_on_the_port_is_not_taken_for_a_broker()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(((IPEndPoint)listener.LocalEndpoint).Port), logger);

        using var client = await listener.AcceptTcpClientAsync();
        await client.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\nServer: a web server\r\n" + new string(' ', 100)));

        await logger.LineAsync("(the server there does not speak MQTT); trying again in the background");
    }

    [NeedsFact("mosquitto")]
    public async Task Plain_MQTT_at_a_port_of_TLS_is_told_to_encrypt()
    {
        using var certificates = new TestCertificates();
        await using var broker = await MosquittoBroker.StartWithTlsAsync(certificates.Server());
        await using var wire = new LoopbackProxy(broker.Port);
        var logger = new ListLogger();
        await using var publisher = await StartAsync(Options(wire.Port), logger);

        await wire.MoreAttemptsAsync(4);
        Assert.Equal(
            [
                $"Warning: MQTT: 127.0.0.1:{wire.Port} speaks TLS on this port; write mqtts:// in front of it; no connection was "
                + "made, trying again in the background",
            ],
            logger.Lines);
    }

    [Fact]
    public async Task A_broker_that_accepts_and_ends_at_once_is_tried_ever_more_slowly()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var options = Options(((IPEndPoint)listener.LocalEndpoint).Port) with
        {
            ReconnectShortest = TimeSpan.FromMilliseconds(50),
            ReconnectLongest = TimeSpan.FromMinutes(1),
        };
        var logger = new ListLogger();
        await using var publisher = await StartAsync(options, logger);
        var attempts = new List<long>();

        for (var attempt = 0; attempt < 6; attempt++)
        {
            using var client = await listener.AcceptTcpClientAsync();
            attempts.Add(Stopwatch.GetTimestamp());
            await client.GetStream().ReadExactlyAsync(new byte[1]);

            // Send a CONNACK and then bytes that are not MQTT. If it only closed, the node would assume a clash of ids and wait long.
            await client.GetStream().WriteAsync((byte[])[0x20, 2, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
            while (await client.GetStream().ReadAsync(new byte[1024]) > 0)
            {
            }
        }

        // With back-off the waits are at least 1, 2, 4, 8 and 16 times the shortest, on any machine; without, at most 10 in total.
        Assert.InRange(Stopwatch.GetElapsedTime(attempts[0], attempts[^1]).TotalMilliseconds, 31 * 50, double.MaxValue);
        Assert.DoesNotContain(logger.Lines, line => line.Contains("taken over", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_listener_that_never_answers_does_not_hold_up_the_end()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var publisher = await StartAsync(Options(((IPEndPoint)listener.LocalEndpoint).Port));
        using var client = await listener.AcceptTcpClientAsync();

        var began = Stopwatch.GetTimestamp();
        await publisher.DisposeAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(1.5));
    }

    [Fact]
    public async Task A_connect_that_the_system_holds_on_to_does_not_hold_up_the_end()
    {
        // A full backlog: the kernel ignores further attempts, like a machine that is switched off.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(IPAddress.Loopback, port);
        var logger = new ListLogger();
        var publisher = await StartAsync(Options(port), logger);
        await publisher.SendAsync(Events.Make());

        var began = Stopwatch.GetTimestamp();
        await publisher.DisposeAsync();

        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(4));
        await logger.LineAsync("could not be delivered to 127.0.0.1:");
        Assert.DoesNotContain(logger.Lines, line => line.Contains("connected to", StringComparison.Ordinal));
    }

    [Fact]
    public void Options_that_cannot_work_are_refused_with_every_reason()
    {
        var options = Options(0) with { Node = "a/b", Qos = 3 };

        var exception = Assert.Throws<PublisherException>(() => new MqttPublisher(options, new ListLogger()));

        Assert.Contains("port is 0", exception.Message, StringComparison.Ordinal);
        Assert.Contains("node name", exception.Message, StringComparison.Ordinal);
        Assert.Contains("quality of service is 3", exception.Message, StringComparison.Ordinal);
    }
}
