using System.Net.Sockets;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Network;

/// <summary>Hears those who send datagrams to one port, one after the other. The port stays open between them.</summary>
/// <param name="address">Where it listens.</param>
/// <param name="options">How each is heard.</param>
internal sealed class DatagramListener(StreamAddress address, DeviceOptions options) : IDisposable
{
    private readonly SenderGuard _guard = new(address.Query.From);
    private Socket? _socket;

    /// <summary>Who was turned away first, in a clause; null if nobody was.</summary>
    public string? Note => _guard.Note;

    /// <summary>Begins to listen, if it does not yet.</summary>
    /// <exception cref="AudioDeviceException">This machine cannot; the message says why.</exception>
    public async Task ListenAsync(CancellationToken cancellationToken) =>
        _socket ??= await DatagramStream.BindAsync(address, options, cancellationToken).ConfigureAwait(false);

    /// <summary>Waits for a sender, however long, and for its first samples.</summary>
    /// <exception cref="AudioDeviceException">What it sends is no sound, or it may not send; the message says why.</exception>
    public async Task<Connection> OpenAsync(CancellationToken cancellationToken)
    {
        await ListenAsync(cancellationToken).ConfigureAwait(false);
        var socket = _socket!;
        try
        {
            // Nothing is taken out, and nothing runs until something comes.
            await socket.ReceiveAsync(new byte[1], SocketFlags.Peek, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException error)
        {
            throw SocketFault.Of(address.Name, error);
        }

        return await DatagramStream.HearAsync(socket, new LeftOpen(), address, options, _guard, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    /// <summary>The socket outlives the connection.</summary>
    private sealed class LeftOpen : IDisposable
    {
        public void Dispose()
        {
            // The next sender comes to the same port.
        }
    }
}
