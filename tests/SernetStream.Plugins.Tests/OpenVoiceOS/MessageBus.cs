using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using SernetStream.Plugins.Tests.Support;
using SernetStream.Testing;

namespace SernetStream.Plugins.Tests.OpenVoiceOS;

/// <summary>A message bus like OpenVoiceOS's: a WebSocket server at <c>/core</c> with text messages.</summary>
internal sealed class MessageBus : IAsyncDisposable
{
    private readonly Channel<WebSocket> _clients = Channel.CreateUnbounded<WebSocket>();
    private readonly Channel<WebSocketCloseStatus?> _goodbyes = Channel.CreateUnbounded<WebSocketCloseStatus?>();
    private readonly Channel<string> _received = Channel.CreateUnbounded<string>();
    private WebServer _server = null!;

    public Uri Url => new UriBuilder(_server.Url) { Scheme = "ws", Path = "/core" }.Uri;

    /// <summary>Waits until the next client closes its connection, and returns its status.</summary>
    public async Task<WebSocketCloseStatus?> GoodbyeAsync() =>
        await _goodbyes.Reader.ReadAsync().AsTask().WaitAsync(ChildProcess.WaitTimeout);

    public static async Task<MessageBus> StartAsync(int port = 0)
    {
        var bus = new MessageBus();
        bus._server = await WebServer.StartAsync(bus.ServeAsync, port);
        return bus;
    }

    /// <summary>Waits for the next client to connect.</summary>
    public async Task<WebSocket> ClientAsync() =>
        await _clients.Reader.ReadAsync().AsTask().WaitAsync(ChildProcess.WaitTimeout);

    /// <summary>Waits for the next message of a client.</summary>
    public async Task<string> MessageAsync() =>
        await _received.Reader.ReadAsync().AsTask().WaitAsync(ChildProcess.WaitTimeout);

    public static Task SayAsync(WebSocket client, string message) =>
        client.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(HttpContext http)
    {
        if (http.Request.Path != "/core" || !http.WebSockets.IsWebSocketRequest)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        using var client = await http.WebSockets.AcceptWebSocketAsync();
        _clients.Writer.TryWrite(client);
        var buffer = new byte[1 << 16];
        try
        {
            while (await client.ReceiveAsync(buffer, http.RequestAborted) is { MessageType: WebSocketMessageType.Text } received)
            {
                _received.Writer.TryWrite(Encoding.UTF8.GetString(buffer, 0, received.Count));
            }

            _goodbyes.Writer.TryWrite(client.CloseStatus);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException)
        {
            // The connection was cut.
            return;
        }
    }
}
