using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;
using SernetStream.Native;

namespace SernetStream.Audio.Network;

/// <summary>
/// <c>rtp://address:port</c> and <c>udp://address:port</c>: what is sent to this machine, or to a multicast group. The address
/// is one of this machine's own, or the group.
/// </summary>
internal static class DatagramStream
{
    /// <summary>A second of 192 kHz in stereo is 768 KB; the system halves what it is asked for.</summary>
    private const int SystemBuffer = 1 << 19;

    /// <summary>What the standard payload types of RFC 3551 mean, as far as they are plain samples.</summary>
    private static readonly Dictionary<int, StreamFormat> PayloadTypes = new()
    {
        [0] = new(8_000, 1, PcmEncoding.MuLaw),
        [8] = new(8_000, 1, PcmEncoding.ALaw),
        [10] = new(44_100, 2, PcmEncoding.Signed16Network),
        [11] = new(44_100, 1, PcmEncoding.Signed16Network),
    };

    /// <summary>Waits for the first packets.</summary>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static async Task<Connection> OpenAsync(StreamAddress address, DeviceOptions options, CancellationToken cancellationToken)
    {
        var socket = await BindAsync(address, options, cancellationToken).ConfigureAwait(false);
        try
        {
            return await HearAsync(socket, socket, address, options, new SenderGuard(address.Query.From), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the first packets at a socket that is bound already.</summary>
    /// <param name="socket">From <see cref="BindAsync"/>; left open if this throws.</param>
    /// <param name="carrier">Disposed with the connection: the socket, or something else if that is to stay open.</param>
    /// <param name="address">What it is bound to.</param>
    /// <param name="options">How it is heard.</param>
    /// <param name="guard">Who is heard.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AudioDeviceException">There are none; the message says why.</exception>
    public static async Task<Connection> HearAsync(
        Socket socket, IDisposable carrier, StreamAddress address, DeviceOptions options, SenderGuard guard, CancellationToken cancellationToken)
    {
        var isRtp = address.Scheme == "rtp";
        var format = isRtp
            ? FormatOf(address, await FirstTypeAsync(socket, guard, options.OpenLimit, cancellationToken).ConfigureAwait(false), guard)
            : address.Query.OrRaw();
        if (!options.Channel.IsIn(format.Channels))
        {
            throw new AudioDeviceException(AudioDeviceError.FormatRefused, options.Channel.MissingIn(address.Name, format.Channels));
        }

        var order = isRtp ? new RtpOrder(format.SampleRate, format.FrameSize) : null;
        var source = new DatagramSource(socket, address.Name, format, order, options.Channel, options.Network.StallLimit, guard);
        return await Connection.OpenAsync(
            address.Name,
            source,
            carrier,
            options.OpenLimit,
            () => Task.FromResult(TcpStream.Ended(address.Name)),
            cancellationToken,
            () => guard.Note).ConfigureAwait(false);
    }

    /// <summary>Listens at an address. What comes waits in the system.</summary>
    /// <exception cref="AudioDeviceException">This machine cannot; the message says why.</exception>
    public static async Task<Socket> BindAsync(StreamAddress address, DeviceOptions options, CancellationToken cancellationToken) =>
        Bind(address, await LocalAddress.OfAsync(address, options.Network.Names, options.OpenLimit, cancellationToken).ConfigureAwait(false));

    private static Socket Bind(StreamAddress address, IPAddress host)
    {
        try
        {
            var socket = new Socket(host.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false, ReceiveBufferSize = SystemBuffer };
            var isGroup = LocalAddress.IsGroup(host);
            if (isGroup)
            {
                // Several may listen to one group.
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            }

            try
            {
                socket.Bind(new IPEndPoint(host, address.Port));
                if (isGroup && host.AddressFamily == AddressFamily.InterNetwork)
                {
                    socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(host));
                }
                else if (isGroup)
                {
                    socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.AddMembership, new IPv6MulticastOption(host));
                }

                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        catch (SocketException error)
        {
            throw SocketFault.Of(address.Name, error);
        }
    }

    /// <summary>The payload type of the first packet, which stays where it is.</summary>
    private static async Task<int?> FirstTypeAsync(Socket socket, SenderGuard guard, TimeSpan limit, CancellationToken cancellationToken)
    {
        var packet = new byte[DatagramSource.LargestDatagram];
        var sender = new SocketAddress(socket.AddressFamily);
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < limit;)
        {
            if (!WakeEvent.HasInput(socket.SafeHandle))
            {
                await Task.Delay(Connection.Look, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (TryPeek(socket, packet, sender, out var length) && guard.Admits(sender)
                && RtpOrder.PayloadTypeOf(packet.AsSpan(0, length)) is { } type)
            {
                return type;
            }

            socket.Receive(packet, SocketFlags.None, out _);
        }

        return null;
    }

    private static bool TryPeek(Socket socket, byte[] packet, SocketAddress sender, out int length)
    {
        try
        {
            length = socket.ReceiveFrom(packet, SocketFlags.Peek, sender);
            return true;
        }
        catch (SocketException)
        {
            // The system's word on something sent before, or a damaged datagram.
            length = 0;
            return false;
        }
    }

    private static StreamFormat FormatOf(StreamAddress address, int? type, SenderGuard guard)
    {
        var query = address.Query;
        if (type is { } standard && query.Rate is null && PayloadTypes.TryGetValue(standard, out var format))
        {
            return format;
        }

        if (query.Rate is { } rate)
        {
            return new StreamFormat(rate, query.Channels ?? 1, query.Encoding ?? PcmEncoding.Signed16Network);
        }

        throw type is null
            ? new AudioDeviceException(
                AudioDeviceError.NotAnswering,
                $"{address.Name} gave no sound: no RTP packet came{(guard.Note is { } note ? $" ({note})" : "")}. Check that the sender runs, and that it sends to this machine and to port {address.Port}.")
            : new AudioDeviceException(
                AudioDeviceError.FormatRefused,
                string.Create(CultureInfo.InvariantCulture, $"{address.Name} gets payload type {type}, which does not say what it is. Write it after the address, as the sender has it: ?rate=16000&channels=1&format=s16be"));
    }
}
