using System.Net;
using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>MQTT over WebSockets with a real broker, by <c>ws://</c> and <c>wss://</c>.</summary>
public sealed class MqttWebSocketTests : IDisposable
{
    private const string WebSockets = "protocol websockets";
    private readonly TestCertificates _certificates = new();
    private readonly ListLogger _logger = new();

    public void Dispose() => _certificates.Dispose();

    [NeedsTheory("mosquitto")]
    [InlineData(MqttVersion.V311, false)]
    [InlineData(MqttVersion.V5, false)]
    [InlineData(MqttVersion.V311, true)]
    [InlineData(MqttVersion.V5, true)]
    public async Task Everything_is_delivered(MqttVersion version, bool encrypted)
    {
        var plain = Loopback.FreePort();
        List<string> lines = [WebSockets];
        var certificate = _certificates.Server();
        if (encrypted)
        {
            lines.AddRange([$"certfile {certificate.CertificateFile}", $"keyfile {certificate.KeyFile}"]);
        }

        await using var broker = await MosquittoBroker.StartWithAsync([.. lines, $"listener {plain} 127.0.0.1", "protocol mqtt"]);
        await using var subscriber = await MosquittoSubscriber.StartAsync(plain);
        var options = Options(broker.Port) with
        {
            Version = version,
            WebSocketPath = "/mqtt",
            Tls = encrypted ? new MqttTls { CaFile = _certificates.AuthorityFile } : null,
        };
        await using var publisher = await StartAsync(options, _logger, controls: new FakeControls());
        for (var sequence = 1; sequence <= 50; sequence++)
        {
            await publisher.SendAsync(Events.Make(sequence: sequence));
        }

        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), Sequences(await subscriber.MessagesAsync(50, Event)));
        await publisher.DisposeAsync();
        await subscriber.MessageAsync(Availability, "offline");
        Assert.Equal([$"Information: MQTT: connected to 127.0.0.1:{broker.Port}"], _logger.Lines);
    }

    [NeedsFact("mosquitto")]
    public async Task A_broker_of_another_authority_is_refused_in_the_same_words()
    {
        using var others = new TestCertificates("Somebody else");
        var server = others.Server();
        await using var broker = await MosquittoBroker.StartWithAsync(
            WebSockets, $"certfile {server.CertificateFile}", $"keyfile {server.KeyFile}",

            // Mosquitto 2.0.11 does not start with a WebSocket listener alone.
            $"listener {Loopback.FreePort()} 127.0.0.1");
        var options = Options(broker.Port) with
        {
            WebSocketPath = "/mqtt",
            Tls = new MqttTls { CaFile = _certificates.AuthorityFile },
        };
        await using var publisher = await StartAsync(options, _logger);

        await _logger.LineAsync($"has a certificate that was not signed by an authority of {_certificates.AuthorityFile}; no connection");
    }

    [NeedsTheory("mosquitto")]
    [InlineData(false, "does not speak WebSockets on this port; for TCP write mqtt://, or mqtts:// with TLS; no connection")]
    [InlineData(true, "does not speak TLS on this port; without TLS write ws://; no connection")]
    public async Task A_broker_without_WebSockets_is_said(bool encrypted, string reason)
    {
        await using var broker = await MosquittoBroker.StartNewAsync();
        var options = Options(broker.Port) with { WebSocketPath = "/mqtt", Tls = encrypted ? new MqttTls() : null };
        await using var publisher = await StartAsync(options, _logger);

        await _logger.LineAsync($"127.0.0.1:{broker.Port} {reason}");
    }

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData("/")]
    [InlineData("/mqtt/of/the/house?room=kitchen")]
    public async Task The_path_of_the_address_is_asked_for(string path)
    {
        var plain = Loopback.FreePort();
        await using var broker = await MosquittoBroker.StartWithAsync(WebSockets, $"listener {plain} 127.0.0.1", "protocol mqtt");
        await using var subscriber = await MosquittoSubscriber.StartAsync(plain);
        await using var wire = new LoopbackProxy(broker.Port);
        var address = MqttOptions.Parse($"ws://127.0.0.1:{wire.Port}{path}");
        await using var publisher = await StartAsync(Options(wire.Port) with { WebSocketPath = address.WebSocketPath }, _logger);

        await subscriber.MessageAsync(Availability, "online");
        await _logger.LineAsync($"connected to 127.0.0.1:{wire.Port}");
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task The_name_of_the_certificate_may_be_another_than_that_of_the_address()
    {
        var plain = Loopback.FreePort();
        var server = _certificates.Server("broker.example");
        await using var broker = await MosquittoBroker.StartWithAsync(
            WebSockets, $"certfile {server.CertificateFile}", $"keyfile {server.KeyFile}", $"listener {plain} 127.0.0.1", "protocol mqtt");
        await using var subscriber = await MosquittoSubscriber.StartAsync(plain);
        var tls = new MqttTls { CaFile = _certificates.AuthorityFile, ServerName = "broker.example" };
        await using var publisher = await StartAsync(Options(broker.Port) with { WebSocketPath = "/mqtt", Tls = tls }, _logger);

        await subscriber.MessageAsync(Availability, "online");
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, 200)]
    [InlineData(HttpStatusCode.NotFound, 404)]
    [InlineData(HttpStatusCode.Redirect, 302)]
    public async Task A_path_that_answers_as_a_page_does_is_said(HttpStatusCode answer, int number)
    {
        var port = Loopback.FreePort();
        using var server = new HttpListener();
        server.Prefixes.Add($"http://127.0.0.1:{port}/");
        server.Start();
        var answering = AnswerAsync(server, answer);
        await using (await StartAsync(Options(port) with { WebSocketPath = "/mqtt" }, _logger))
        {
            await _logger.LineAsync(
                $"127.0.0.1:{port} answers {number} at /mqtt: its WebSockets have another path, or do not speak MQTT; no connection was made");
        }

        server.Stop();
        await answering;
    }

    private static async Task AnswerAsync(HttpListener server, HttpStatusCode answer)
    {
        try
        {
            while (true)
            {
                using var response = (await server.GetContextAsync()).Response;
                response.StatusCode = (int)answer;
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    [NeedsFact("mosquitto")]
    public async Task WebSockets_without_TLS_at_a_port_of_TLS_are_told_to_encrypt()
    {
        await using var broker = await MosquittoBroker.StartWithTlsAsync(_certificates.Server());
        await using var publisher = await StartAsync(Options(broker.Port) with { WebSocketPath = "/mqtt" }, _logger);

        await _logger.LineAsync("speaks TLS on this port; write wss:// in front of it");
    }
}
