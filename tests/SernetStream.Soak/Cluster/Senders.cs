using System.Net.WebSockets;
using System.Runtime.InteropServices;
using SernetStream.Testing;

namespace SernetStream.Soak.Cluster;

/// <summary>Satellites that send a room's audio in real time to a silo, and to the next one when that goes.</summary>
internal sealed class Senders : IAsyncDisposable
{
    private static readonly TimeSpan Piece = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _senders = [];

    public void Start(string room, float[] samples, int offset, IReadOnlyList<ClusterSilo> silos, int first) =>
        _senders.Add(Task.Run(() => SendAsync(room, samples, offset, silos, first)));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_senders);
        _stop.Dispose();
    }

    private async Task SendAsync(string room, float[] samples, int offset, IReadOnlyList<ClusterSilo> silos, int first)
    {
        var pcm = new short[(int)(Sounds.SampleRate * Piece.TotalSeconds)];
        for (var silo = first; !_stop.IsCancellationRequested; silo++)
        {
            try
            {
                using var socket = new ClientWebSocket();
                socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(2);
                socket.Options.KeepAliveTimeout = TimeSpan.FromSeconds(3);
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                patience.CancelAfter(TimeSpan.FromSeconds(3));
                await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{silos[silo % silos.Count].Port}/rooms/{room}?learn=1"), patience.Token);
                using var clock = new PeriodicTimer(Piece);
                var closed = WaitForEndAsync(socket);
                while (await clock.WaitForNextTickAsync(_stop.Token) && !closed.IsCompleted)
                {
                    for (var i = 0; i < pcm.Length; i++)
                    {
                        pcm[i] = (short)Math.Clamp(samples[(offset + i) % samples.Length] * 32767, short.MinValue, short.MaxValue);
                    }

                    offset = (offset + pcm.Length) % samples.Length;
                    using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                    limit.CancelAfter(TimeSpan.FromSeconds(3));
                    await socket.SendAsync(MemoryMarshal.AsBytes(pcm.AsSpan()).ToArray(), WebSocketMessageType.Binary, true, limit.Token);
                }
            }
            catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException)
            {
                await Task.Delay(TimeSpan.FromSeconds(0.3), _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WaitForEndAsync(ClientWebSocket socket)
    {
        try
        {
            while ((await socket.ReceiveAsync(new byte[64], _stop.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException)
        {
            // It is over all the same.
        }
    }
}
