using System.Net;
using System.Net.Sockets;

namespace SernetStream.Audio.Network;

/// <summary>The address of this machine, or the group, that a stream is listened for at.</summary>
internal static class LocalAddress
{
    /// <exception cref="SocketException">Nobody knows the name.</exception>
    public static IPAddress Of(StreamAddress address) =>
        IPAddress.TryParse(address.Host, out var own) ? own : Dns.GetHostAddresses(address.Host)[0];

    /// <summary>Whether it is a multicast group, which several machines can hear.</summary>
    public static bool IsGroup(IPAddress address)
    {
        const int First = 224;
        const int Last = 239;
        return address.IsIPv6Multicast || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= First and <= Last);
    }
}
