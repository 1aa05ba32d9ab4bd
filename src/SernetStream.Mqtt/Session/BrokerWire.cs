using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using MQTTnet.Channel;

namespace SernetStream.Mqtt.Session;

/// <summary>
/// The bytes under one connection: TCP, TLS on top where asked for, WebSockets on top of that where asked for. It is
/// made here and not by MQTTnet, which sends no authorities along with a client certificate, looks for revocation lists in
/// the network, and tells no certificate fault from another.
/// </summary>
internal sealed class BrokerWire : IMqttClientStreamProvider, IDisposable
{
    private const string Subprotocol = "mqtt";

    private readonly MqttOptions _options;
    private readonly BrokerTls? _tls;
    private HttpMessageInvoker? _http;
    private HttpStatusCode? _answer;
    private bool _noWebSocket;

    /// <summary>Reads the files of TLS; throws what <see cref="BrokerTls"/> throws.</summary>
    public BrokerWire(MqttOptions options)
    {
        _options = options;
        _tls = options.Tls is null ? null : new BrokerTls(options);
    }

    /// <summary>Opens the wire; the end point is that of the options.</summary>
    public Task<Stream> ConnectAsync(EndPoint brokerEndPoint, CancellationToken cancellationToken) =>
        _options.WebSocketPath is null ? OpenAsync(cancellationToken) : OpenWebSocketAsync(_options.WebSocketPath, cancellationToken);

    /// <summary>
    /// The fault as this class knows it, if that says more than the exception; otherwise the fault as it is.
    /// </summary>
    public async Task<BrokerFault> ExplainAsync(BrokerFault fault, CancellationToken cancellationToken)
    {
        if (_answer is { } answer and not HttpStatusCode.SwitchingProtocols and not 0)
        {
            return Refused(
                $"answers {(int)answer} at {_options.WebSocketPath}: its WebSockets have another path, or do not speak MQTT");
        }

        if (_tls is not null)
        {
            var seen = await TlsProbe.RefusesClientAsync(_options, _tls, fault, cancellationToken).ConfigureAwait(false)
                ? BrokerFaultKind.Tls
                : fault.Kind;
            if (_tls.Explain(seen) is { } reason)
            {
                return Refused(reason);
            }
        }
        else if (await TlsProbe.SpeaksTlsAsync(_options, fault, cancellationToken).ConfigureAwait(false))
        {
            return Refused($"speaks TLS on this port; write {(_options.WebSocketPath is null ? "mqtts" : "wss")}:// in front of it");
        }

        return _noWebSocket && fault.Kind is (BrokerFaultKind.Closed or BrokerFaultKind.NotMqtt)
            ? Refused("does not speak WebSockets on this port; for TCP write mqtt://, or mqtts:// with TLS")
            : fault;
    }

    public void Dispose()
    {
        _http?.Dispose();
        _tls?.Dispose();
    }

    /// <summary>A TCP connection that does not wait for more before it sends.</summary>
    internal static async Task<Socket> OpenSocketAsync(MqttOptions options, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(options.Host, options.Port, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static BrokerFault Refused(string reason) => new(BrokerFaultKind.Refused, reason);

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        var socket = await OpenSocketAsync(_options, cancellationToken).ConfigureAwait(false);
        var stream = new NetworkStream(socket, ownsSocket: true);
        if (_tls is null)
        {
            return stream;
        }

        var encrypted = new SslStream(stream);
        try
        {
            await encrypted.AuthenticateAsClientAsync(_tls.Settings, cancellationToken).ConfigureAwait(false);
            return encrypted;
        }
        catch
        {
            await encrypted.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Stream> OpenWebSocketAsync(string path, CancellationToken cancellationToken)
    {
        // TLS and Host say the server's name, wherever the connection goes; so no proxy either.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectCallback = async (_, cancelled) =>
                new NetworkStream(await OpenSocketAsync(_options, cancelled).ConfigureAwait(false), ownsSocket: true),
        };
        if (_tls is not null)
        {
            handler.SslOptions = _tls.Settings;
        }

        _http = new HttpMessageInvoker(handler);
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol(Subprotocol);
        socket.Options.CollectHttpResponseDetails = true;
        try
        {
            var address = new Uri($"{(_tls is null ? "ws" : "wss")}://{(_options with { Host = _options.ServerName }).Broker}{path}");
            await socket.ConnectAsync(address, _http, cancellationToken).ConfigureAwait(false);
            return WebSocketStream.Create(socket, WebSocketMessageType.Binary, closeTimeout: TimeSpan.Zero);
        }
        catch
        {
            _answer = socket.HttpStatusCode;
            _noWebSocket = true;
            socket.Dispose();
            throw;
        }
    }
}
