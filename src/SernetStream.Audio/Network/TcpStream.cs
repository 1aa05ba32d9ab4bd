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
    public static Connection Open(StreamAddress address, DeviceOptions options)
    {
        var (name, format) = (address.Name, address.Query.OrRaw());
        if (!options.Channel.IsIn(format.Channels))
        {
            throw new AudioDeviceException(AudioDeviceError.FormatRefused, options.Channel.MissingIn(name, format.Channels));
        }

        var socket = Connect(address, options.OpenLimit);
        var input = new DescriptorInput(socket.SafeHandle, name, options.Network.StallLimit);
        return Connection.Open(name, new RawSource(input, format, options.Channel), socket, options.OpenLimit, () => Ended(name));
    }

    /// <summary>Connects.</summary>
    /// <exception cref="AudioDeviceException">The peer cannot be reached.</exception>
    public static Socket Connect(StreamAddress address, TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.ConnectAsync(address.Host, address.Port, patience.Token).AsTask().GetAwaiter().GetResult();
            return socket;
        }
        catch (SocketException error)
        {
            socket.Dispose();
            throw SocketFault.Of(address.Name, error);
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw new AudioDeviceException(
                AudioDeviceError.NotFound,
                string.Create(CultureInfo.InvariantCulture, $"{address.Name} cannot be reached: the sender did not answer within {limit.TotalSeconds:0.#} s. Check the address, and that the sender runs."));
        }
    }

    /// <summary>The peer closed the connection.</summary>
    public static AudioDeviceException Ended(string name) => new(AudioDeviceError.Gone, $"{name} ended: the sender closed the connection.");
}
