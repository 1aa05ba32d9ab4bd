using System.Globalization;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary><c>tcp://host:port</c>: raw samples from a peer that sends them to whoever connects.</summary>
internal static class TcpStream
{
    /// <summary>Connects, and waits for the first samples.</summary>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static async Task<Connection> OpenAsync(StreamAddress address, DeviceOptions options, CancellationToken cancellationToken)
    {
        var (name, format) = (address.Name, address.Query.OrRaw());
        if (!options.Channel.IsIn(format.Channels))
        {
            throw new AudioDeviceException(AudioDeviceError.FormatRefused, options.Channel.MissingIn(name, format.Channels));
        }

        var socket = await ConnectAsync(address, options, cancellationToken).ConfigureAwait(false);
        var input = new DescriptorInput(socket.SafeHandle, name, options.Network.StallLimit);
        return await Connection.OpenAsync(
            name, new RawSource(input, format, options.Channel), socket, options.OpenLimit, () => Task.FromResult(Ended(name)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects.</summary>
    /// <exception cref="AudioDeviceException">The peer cannot be reached.</exception>
    public static async Task<Socket> ConnectAsync(StreamAddress address, DeviceOptions options, CancellationToken cancellationToken)
    {
        var limit = options.OpenLimit;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        var addresses = await options.Network.Names.AddressesAsync(address, limit, cancellationToken).ConfigureAwait(false);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, address.Port, patience.Token).ConfigureAwait(false);
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw SocketFault.Of(address.Name, error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new AudioDeviceException(
                AudioDeviceError.NotFound,
                string.Create(CultureInfo.InvariantCulture, $"{address.Name} cannot be reached: the sender did not answer within {limit.TotalSeconds:0.#} s. Check the address, and that the sender runs."));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The peer closed the connection.</summary>
    public static AudioDeviceException Ended(string name) => new(AudioDeviceError.Gone, $"{name} ended: the sender closed the connection.");
}
