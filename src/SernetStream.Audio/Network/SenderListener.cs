using System.Globalization;
using System.Net;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Streams;

namespace SernetStream.Audio.Network;

/// <summary>
/// Listens for those who send a stream to this machine: <c>rtp://</c>, <c>udp://</c>, <c>tcp-listen://</c> and
/// <c>wyoming-listen://</c>. One is heard at a time, and the port stays open between two of them, until this is disposed. A program that gives the sound to somebody
/// else to hear uses it; <see cref="AudioSourceFactory"/> makes one stream of all senders.
/// </summary>
public sealed class SenderListener : IDisposable
{
    /// <summary>So long may somebody who has connected say nothing, while nobody else comes.</summary>
    private static readonly TimeSpan OpenLimit = TimeSpan.FromMinutes(10);

    private static readonly DeviceOptions Options = new();

    private readonly StreamAddress _address;
    private readonly DatagramListener? _datagrams;
    private readonly TcpListenStream? _connections;

    /// <summary>Listens at no port yet.</summary>
    /// <param name="device">The stream; <see cref="IsFor"/> says whether it is one.</param>
    /// <param name="own">Where to listen if the stream says that it is at all addresses of the machine; null: at all.</param>
    /// <exception cref="ArgumentException">The address is wrong, or of a stream that this machine fetches.</exception>
    public SenderListener(string device, IPAddress? own = null)
    {
        if (!IsFor(device))
        {
            throw new ArgumentException("device is no stream that others send to this machine.", nameof(device));
        }

        var address = StreamAddress.Parse(device);
        _address = own is null ? address : address.At(own);
        if (IsDatagram(_address))
        {
            _datagrams = new DatagramListener(_address, Options);
        }
        else
        {
            _connections = new TcpListenStream(_address, Options with { OpenLimit = OpenLimit }, saysEach: true);
        }
    }

    /// <summary>Its name for people and logs.</summary>
    public string Name => _address.Name;

    /// <summary>Who was turned away first for its address, in a clause; null if nobody was. Any thread may read it.</summary>
    public string? Note => _datagrams?.Note ?? _connections?.Note;

    /// <summary>Whether a device is a stream that others send to one machine. A multicast group is not: every machine can hear it.</summary>
    public static bool IsFor(string device) =>
        StreamAddress.IsOne(device) && StreamAddress.ProblemOf(device) is null && StreamAddress.Parse(device).IsListened;

    /// <summary>What a stream is sent to, such as <c>udp 0.0.0.0:5004</c>: two streams cannot have the same.</summary>
    /// <param name="device">The stream; <see cref="IsFor"/> says whether it is one.</param>
    public static string PlaceOf(string device)
    {
        var address = StreamAddress.Parse(device);
        return string.Create(CultureInfo.InvariantCulture, $"{(IsDatagram(address) ? "udp" : "tcp")} {address.Host}:{address.Port}");
    }

    /// <summary>Begins to listen, if it does not yet.</summary>
    /// <param name="cancellationToken">Ends the wait for the address of a host's name, which may take ten seconds.</param>
    /// <exception cref="AudioDeviceException">This machine cannot; the message says why.</exception>
    public Task ListenAsync(CancellationToken cancellationToken) =>
        _datagrams is not null ? _datagrams.ListenAsync(cancellationToken) : _connections!.ListenAsync(Options.OpenLimit, cancellationToken);

    /// <summary>Waits for a sender and its first samples. The one before must have been disposed.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What it sends. Its end is an <see cref="AudioDeviceException"/> that says what ended it.</returns>
    /// <exception cref="AudioDeviceException">This machine cannot listen, or what came is no sound; the message says why.</exception>
    public async Task<IPolledSource> NextAsync(CancellationToken cancellationToken)
    {
        await ListenAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            try
            {
                var open = _datagrams is not null ? _datagrams.OpenAsync(cancellationToken) : _connections!.OpenAsync(cancellationToken);
                return new DrainedSource(await open.ConfigureAwait(false));
            }
            catch (AudioDeviceException problem) when (_connections is not null && problem.Error == AudioDeviceError.NotAnswering)
            {
                // Nobody came, or who came said nothing.
            }
        }
    }

    /// <summary>Closes the port, and turns those away who wait there.</summary>
    public void Dispose()
    {
        _datagrams?.Dispose();
        _connections?.Dispose();
    }

    private static bool IsDatagram(StreamAddress address) => address.Scheme is "udp" or "rtp";
}
