using System.Net.Sockets;

namespace SernetStream.Plugins.Wyoming;

/// <summary>
/// Connections beyond the limit: each gets the reason, and is then closed. Only so many get it at the same time; the
/// others are closed without it.
/// </summary>
/// <param name="most">How many.</param>
internal sealed class RefusedClient(int most) : IAsyncDisposable
{
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly HashSet<Task> _leaving = [];
    private readonly CancellationTokenSource _end = new();

    /// <summary>Takes over a connection, tells it <paramref name="reason"/> and closes it.</summary>
    public void Add(Socket socket, byte[] reason)
    {
        lock (_gate)
        {
            _leaving.RemoveWhere(task => task.IsCompleted);
            if (_leaving.Count < most)
            {
                _leaving.Add(TellAsync(socket, reason));
                return;
            }
        }

        socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_leaving);
        _end.Dispose();
    }

    private async Task TellAsync(Socket socket, byte[] reason)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
        limit.CancelAfter(WaitTimeout);
        using (socket)
        {
            try
            {
                await socket.SendAsync(reason, limit.Token);
                socket.Shutdown(SocketShutdown.Send);

                var unread = new byte[4096];
                while (await socket.ReceiveAsync(unread, limit.Token) > 0)
                {
                    // If a socket is closed with unread data, the close becomes an abort, and the peer may lose the
                    // reason.
                }
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                // It did not wait for the reason.
                return;
            }
        }
    }
}
