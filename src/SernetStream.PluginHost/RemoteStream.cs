using System.Runtime.CompilerServices;
using SernetStream.PluginProtocol;
using SernetStream.Plugins;

namespace SernetStream.PluginHost;

/// <summary>An audio stream whose pipeline is in the daemon.</summary>
internal sealed class RemoteStream(PluginConnection connection, int target, AudioFormat format) : IAudioStream
{
    private const int LongestPiece = 64 * 1024;

    private volatile bool _isCompleted;
    private int _closed;

    public AudioFormat Format => format;

    public IAsyncEnumerable<RoomEvent> Events => HeardAsync();

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> audio, CancellationToken cancellationToken)
    {
        if (_isCompleted)
        {
            throw new InvalidOperationException("The stream is complete; it takes no more audio.");
        }

        for (var rest = audio; !rest.IsEmpty;)
        {
            var piece = rest[..Math.Min(rest.Length, LongestPiece)];
            await AskAsync(FrameKind.Audio, piece, cancellationToken);
            rest = rest[piece.Length..];
        }
    }

    public void Complete()
    {
        _isCompleted = true;
        connection.TellAsync(FrameKind.CompleteStream, target: target).GetAwaiter().GetResult();
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            await AskAsync(FrameKind.CloseStream, default, CancellationToken.None);
        }
    }

    private async IAsyncEnumerable<RoomEvent> HeardAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await AskAsync(FrameKind.TakeHeard, default, cancellationToken) is { Length: > 0 } heard)
        {
            yield return MessageJson.Read(heard, MessageJson.Default.HeardMessage).ToEvent();
        }
    }

    private async Task<ReadOnlyMemory<byte>> AskAsync(FrameKind kind, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.AskAsync(kind, payload, target, cancellationToken);
        }
        catch (RemoteException error)
        {
            throw RemoteContext.Translate(error);
        }
    }
}
