using System.Net.WebSockets;

namespace SernetStream.Plugins.OpenVoiceOS;

/// <summary>One connection to the bus, from its opening to its end.</summary>
internal sealed class BusConnection : IDisposable
{
    // The bus carries everything the assistant does, some of it large. Messages for this plugin are short; longer ones
    // are ignored. A power of two, as the buffer grows.
    private const int LongestMessage = 1 << 20;
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GoodbyeTimeout = TimeSpan.FromSeconds(0.4);

    private readonly ClientWebSocket _socket;
    private readonly TaskCompletionSource _readToEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BusConnection(ClientWebSocket socket)
    {
        _socket = socket;
    }

    /// <summary>Connects.</summary>
    /// <exception cref="WebSocketException">The bus is not there, or no bus.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public static async Task<BusConnection> OpenAsync(Uri url, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.KeepAliveInterval = WaitTimeout;
            socket.Options.KeepAliveTimeout = WaitTimeout;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(WaitTimeout);
            await socket.ConnectAsync(url, limit.Token);
            return new BusConnection(socket);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new TimeoutException($"no answer within {WaitTimeout.TotalSeconds} s");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a message; false if the connection is ending, of which <see cref="ReadAsync"/> says why.</summary>
    public Task<bool> TrySendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => TryAsync(
        limit => _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, limit), cancellationToken);

    /// <summary>
    /// Says goodbye to the bus, and waits a moment for its answer: a connection that is ended at once takes back what the bus has
    /// not read yet.
    /// </summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        if (await TryAsync(
            async limit => await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit), cancellationToken))
        {
            await _readToEnd.Task.WaitAsync(GoodbyeTimeout, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> TryAsync(Func<CancellationToken, ValueTask> send, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(WaitTimeout);
            await send(limit.Token);
            return true;
        }
        catch (Exception error) when (error is WebSocketException or InvalidOperationException or IOException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Reads messages until the bus ends the connection, and says what those for this plugin tell.</summary>
    /// <exception cref="WebSocketException">The connection is gone.</exception>
    public async Task ReadAsync(Action<BusNews> take, CancellationToken cancellationToken)
    {
        try
        {
            await ReadMessagesAsync(take, cancellationToken);
        }
        finally
        {
            _readToEnd.SetResult();
        }
    }

    public void Dispose() => _socket.Dispose();

    private async Task ReadMessagesAsync(Action<BusNews> take, CancellationToken cancellationToken)
    {
        var buffer = new byte[8192];
        var length = 0;
        var isTooLong = false;
        while (true)
        {
            if (length == LongestMessage)
            {
                (length, isTooLong) = (0, true);
            }
            else if (length == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * length);
            }

            var received = await _socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            length += received.Count;
            if (received.MessageType == WebSocketMessageType.Close)
            {
                throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely, "the bus has ended the connection");
            }

            if (received.EndOfMessage)
            {
                if (!isTooLong && BusMessage.NewsIn(buffer.AsSpan(0, length)) is { } news)
                {
                    take(news);
                }

                (length, isTooLong) = (0, false);
            }
        }
    }
}
