using SernetStream.Mqtt.Tests.Support;
using SernetStream.Testing;
using static SernetStream.Mqtt.Tests.MqttFixture;

namespace SernetStream.Mqtt.Tests;

/// <summary>TLS with a real broker: which connections succeed, and the message for each refusal.</summary>
public sealed class MqttTlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly ListLogger _logger = new();

    public void Dispose() => _certificates.Dispose();

    [NeedsTheory("mosquitto", "mosquitto_sub")]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public async Task The_right_authority_connects_and_delivers(MqttVersion version)
    {
        await using var broker = await MosquittoBroker.StartWithTlsAsync(_certificates.Server());
        await using var subscriber = await broker.SubscribeWithAsync("#", "--cafile", _certificates.AuthorityFile);
        await using var publisher = await StartAsync(Encrypted(broker) with { Version = version }, _logger);

        await publisher.SendAsync(Events.Make());

        await subscriber.MessageAsync(Event);
        await publisher.DisposeAsync();
        await subscriber.MessageAsync(Availability, "offline");
        Assert.Equal([$"Information: MQTT: connected to 127.0.0.1:{broker.Port}"], _logger.Lines);
    }

    [NeedsFact("mosquitto")]
    public async Task Another_authority_is_refused()
    {
        using var others = new TestCertificates("Somebody else");
        await using var broker = await MosquittoBroker.StartWithTlsAsync(others.Server());

        await AssertRefusedAsync(
            Encrypted(broker), $"has a certificate that was not signed by an authority of {_certificates.AuthorityFile}");
    }

    [NeedsFact("mosquitto")]
    public async Task The_authorities_of_the_system_do_not_know_the_test_authority()
    {
        await using var broker = await MosquittoBroker.StartWithTlsAsync(_certificates.Server());

        await AssertRefusedAsync(
            Encrypted(broker) with { Tls = new MqttTls() },
            "has a certificate that was not signed by an authority of this system; where it is one of your own, give "
            + "its file");
    }

    [NeedsFact("mosquitto")]
    public async Task An_expired_certificate_is_refused()
    {
        var end = new DateTimeOffset(2020, 2, 29, 12, 0, 0, TimeSpan.Zero);
        await using var broker = await MosquittoBroker.StartWithTlsAsync(
            _certificates.Server(notBefore: end.AddDays(-1), notAfter: end));

        await AssertRefusedAsync(Encrypted(broker), "has a certificate that expired on 2020-02-29");
    }

    [NeedsFact("mosquitto")]
    public async Task A_certificate_of_tomorrow_makes_the_clock_suspect()
    {
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1);
        await using var broker = await MosquittoBroker.StartWithTlsAsync(
            _certificates.Server(notBefore: tomorrow, notAfter: tomorrow.AddDays(1)));

        await AssertRefusedAsync(
            Encrypted(broker),
            $"has a certificate that is valid only from {tomorrow.UtcDateTime:yyyy-MM-dd} on; is this machine's clock right?");
    }

    [NeedsFact("mosquitto")]
    public async Task A_certificate_of_another_host_is_refused()
    {
        await using var broker = await MosquittoBroker.StartWithTlsAsync(_certificates.Server("broker.example"));

        await AssertRefusedAsync(
            Encrypted(broker), "has a certificate for another host than 127.0.0.1; use the name that is in it, or give it as the server's name");
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task The_name_of_the_certificate_may_be_another_than_that_of_the_address()
    {
        await using var broker = await MosquittoBroker.StartWithTlsAsync(_certificates.Server("broker.example"));
        await using var subscriber = await broker.SubscribeWithAsync("#", "--cafile", _certificates.AuthorityFile, "--insecure");
        var tls = new MqttTls { CaFile = _certificates.AuthorityFile, ServerName = "broker.example" };
        await using var publisher = await StartAsync(Encrypted(broker) with { Tls = tls }, _logger);

        await publisher.SendAsync(Events.Make());
        await subscriber.MessageAsync(Event);
    }

    [NeedsFact("mosquitto")]
    public async Task A_server_of_another_name_than_was_asked_for_is_refused()
    {
        await using var broker = await MosquittoBroker.StartWithTlsAsync(_certificates.Server());
        var tls = new MqttTls { CaFile = _certificates.AuthorityFile, ServerName = "broker.example" };

        await AssertRefusedAsync(
            Encrypted(broker) with { Tls = tls },
            "has a certificate for another host than broker.example; use the name that is in it, or give it as the server's name");
    }

    [Theory]
    [InlineData("broker.example:8883")]
    [InlineData("https://broker.example")]
    [InlineData("two names")]
    public void What_is_no_name_of_a_server_is_said(string name) =>
        Assert.Contains("is not the name of a server", Assert.Single(new MqttTls { ServerName = name }.Problems()), StringComparison.Ordinal);

    [NeedsFact("mosquitto")]
    public async Task A_broker_without_TLS_is_refused()
    {
        await using var broker = await MosquittoBroker.StartNewAsync();

        await AssertRefusedAsync(
            Encrypted(broker),
            "does not speak TLS on this port; without TLS write mqtt://, which is usually port 1883");
    }

    [NeedsFact("mosquitto")]
    public async Task Verification_can_be_turned_off_and_is_warned_of()
    {
        using var others = new TestCertificates("Somebody else");
        await using var broker = await MosquittoBroker.StartWithTlsAsync(others.Server("broker.example"));
        var options = Encrypted(broker) with { Tls = new MqttTls { Verify = false } };
        await using var publisher = await StartAsync(options, _logger);

        await _logger.LineAsync("connected to");
        Assert.StartsWith(
            $"Warning: MQTT: the certificate of 127.0.0.1:{broker.Port} is not checked", _logger.Lines[0],
            StringComparison.Ordinal);
    }

    [NeedsFact("mosquitto", "mosquitto_sub")]
    public async Task A_client_certificate_is_who_this_node_is()
    {
        await using var broker = await MosquittoBroker.StartWithTlsAsync(
            _certificates.Server(), $"cafile {_certificates.AuthorityFile}", "require_certificate true",
            "use_identity_as_username true");
        var client = _certificates.Client("kitchen-node");
        var options = Encrypted(broker) with
        {
            Tls = new MqttTls
            {
                CaFile = _certificates.AuthorityFile,
                CertificateFile = client.CertificateFile,
                KeyFile = client.KeyFile,
            },
        };
        await using var publisher = await StartAsync(options, _logger);

        await _logger.LineAsync("connected to");
        await broker.LogLineAsync(line => line.Contains("u'kitchen-node'", StringComparison.Ordinal));
    }

    [NeedsTheory("mosquitto")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_authorities_between_a_client_and_the_topmost_go_along(bool withBranch)
    {
        await using var broker = await MosquittoBroker.StartWithTlsAsync(
            _certificates.Server(), $"cafile {_certificates.AuthorityFile}", "require_certificate true",
            "use_identity_as_username true");
        var client = _certificates.ClientOfBranch("kitchen-node", withBranch);
        var options = Encrypted(broker) with
        {
            Tls = new MqttTls
            {
                CaFile = _certificates.AuthorityFile,
                CertificateFile = client.CertificateFile,
                KeyFile = client.KeyFile,
            },
        };

        if (!withBranch)
        {
            // The broker knows only the root authority.
            await AssertRefusedAsync(options, $"does not accept the client certificate of {client.CertificateFile}");
            return;
        }

        await using var publisher = await StartAsync(options, _logger);
        await _logger.LineAsync("connected to");
        await broker.LogLineAsync(line => line.Contains("u'kitchen-node'", StringComparison.Ordinal));
    }

    [NeedsFact("mosquitto")]
    public async Task A_missing_client_certificate_is_said()
    {
        await using var broker = await MosquittoBroker.StartWithTlsAsync(
            _certificates.Server(), $"cafile {_certificates.AuthorityFile}", "require_certificate true");

        await AssertRefusedAsync(Encrypted(broker), "wants a client certificate");
    }

    [NeedsFact("mosquitto")]
    public async Task A_client_certificate_that_the_broker_does_not_know_is_said()
    {
        using var others = new TestCertificates("Somebody else");
        var client = others.Client("kitchen-node");
        await using var broker = await MosquittoBroker.StartWithTlsAsync(
            _certificates.Server(), $"cafile {_certificates.AuthorityFile}", "require_certificate true");
        var tls = new MqttTls
        {
            CaFile = _certificates.AuthorityFile,
            CertificateFile = client.CertificateFile,
            KeyFile = client.KeyFile,
        };

        await AssertRefusedAsync(
            Encrypted(broker) with { Tls = tls },
            $"does not accept the client certificate of {client.CertificateFile}");
    }

    [NeedsFact("mosquitto")]
    public async Task A_file_that_goes_away_later_is_named()
    {
        using var folder = new TemporaryFolder();
        var authorities = folder.Write("ca.pem", await File.ReadAllTextAsync(_certificates.AuthorityFile));
        await using var broker = await MosquittoBroker.StartWithTlsAsync(_certificates.Server());
        await using var wire = new LoopbackProxy(broker.Port);
        var options = Encrypted(broker) with { Port = wire.Port, Tls = new MqttTls { CaFile = authorities } };
        await using var publisher = await StartAsync(options, _logger);
        await _logger.LineAsync("connected to");

        File.Delete(authorities);
        wire.Cut();

        await _logger.LineAsync($"Warning: MQTT: The file {authorities} with the MQTT certificate authorities cannot be read");
        Assert.EndsWith(
            $"No connection to 127.0.0.1:{wire.Port} was made; trying again in the background", _logger.Lines[^1],
            StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_cannot_work_are_named_before_anything_is_tried()
    {
        var client = _certificates.Client("a");
        var other = _certificates.Client("b");
        using var folder = new TemporaryFolder();
        var nothing = folder.Write("nothing.pem", "no certificate");
        var encrypted = folder.Write("encrypted.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");

        AssertProblem(new MqttTls { CaFile = "/no/such/file" }, "/no/such/file with the MQTT certificate authorities cannot be read");
        AssertProblem(new MqttTls { CaFile = nothing }, "holds no certificate in PEM form");
        AssertProblem(new MqttTls { KeyFile = client.KeyFile }, "needs its certificate as well");
        AssertProblem(
            new MqttTls { CertificateFile = client.CertificateFile, KeyFile = other.KeyFile }, "are not a pair");
        AssertProblem(
            new MqttTls { CertificateFile = client.CertificateFile, KeyFile = encrypted }, "is encrypted, and nobody");
        Assert.Empty(new MqttTls { CertificateFile = client.CertificateFile, KeyFile = client.KeyFile }.Problems());
        Assert.Empty(new MqttTls { CaFile = _certificates.AuthorityFile }.Problems());
    }

    private static void AssertProblem(MqttTls tls, string part) =>
        Assert.Contains(part, Assert.Single(tls.Problems()), StringComparison.Ordinal);

    private MqttOptions Encrypted(MosquittoBroker broker) =>
        Options(broker.Port) with { Tls = new MqttTls { CaFile = _certificates.AuthorityFile } };

    /// <summary>Asserts that the refusal is reported once, after several attempts, and that nothing is published.</summary>
    private async Task AssertRefusedAsync(MqttOptions options, string reason)
    {
        await using var wire = new LoopbackProxy(options.Port);
        await using var publisher = await StartAsync(options with { Port = wire.Port }, _logger);

        await _logger.LineAsync("trying again in the background");
        await wire.MoreAttemptsAsync(4);
        Assert.Equal(
            [$"Warning: MQTT: 127.0.0.1:{wire.Port} {reason}; no connection was made, trying again in the background"],
            _logger.Lines);
        Assert.False(publisher.IsConnected);
    }
}
