using System.Net;
using System.Net.Sockets;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Network;

/// <summary>The address of this machine, or the group, that a stream is listened for at.</summary>
internal static class LocalAddress
{
    /// <param name="address">It names a host, or is an address.</param>
    /// <param name="names">Knows the name.</param>
    /// <param name="limit">How long that may take.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AudioDeviceException">Nobody knows the name, or no answer came within the limit.</exception>
    public static async Task<IPAddress> OfAsync(StreamAddress address, HostNames names, TimeSpan limit, CancellationToken cancellationToken) =>
        (await names.AddressesAsync(address, limit, cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Whether it is a multicast group, which several machines can hear.</summary>
    public static bool IsGroup(IPAddress address)
    {
        const int First = 224;
        const int Last = 239;
        return address.IsIPv6Multicast || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= First and <= Last);
    }
}
