using System.Net.WebSockets;

namespace SernetStream.Cluster.Tests;

/// <summary>Sends a tone that comes and goes over a WebSocket, in real time.</summary>
internal sealed class WebSocketSender : IDisposable
{
    private const int SampleRate = 16_000;
    private const int PieceLength = SampleRate / 50;
    private readonly ClientWebSocket _socket;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;

    /// <param name="socket">Connected; owned.</param>
    public WebSocketSender(ClientWebSocket socket)
    {
        _socket = socket;
        Closed = ReceiveAsync();
        _sending = Task.Run(SendAsync);
    }

    /// <summary>Why the silo closed the connection.</summary>
    public Task<WebSocketCloseStatus?> Closed { get; }

    /// <summary>Says good-bye.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task SendAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds((double)PieceLength / SampleRate));
        var piece = new byte[2 * PieceLength];
        for (var sent = 0; !_stop.IsCancellationRequested && _socket.State == WebSocketState.Open; sent += PieceLength)
        {
            for (var i = 0; i < PieceLength; i++)
            {
                var seconds = (double)(sent + i) / SampleRate;
                var sample = Math.Sin(2 * Math.PI * 2 * seconds) * Math.Sin(2 * Math.PI * 220 * seconds) * 12_000;
                BitConverter.TryWriteBytes(piece.AsSpan(2 * i), (short)sample);
            }

            try
            {
                await _socket.SendAsync(piece, WebSocketMessageType.Binary, true, CancellationToken.None);
                await timer.WaitForNextTickAsync(_stop.Token);
            }
            catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The silo, or the test, has ended it.
                return;
            }
        }
    }

    private async Task<WebSocketCloseStatus?> ReceiveAsync()
    {
        var message = new byte[64];
        while ((await _socket.ReceiveAsync(message, CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
            // A silo has nothing else to say.
        }

        return _socket.CloseStatus;
    }
}
