using System.Net;
using System.Net.Sockets;

namespace SernetStream.Testing;

/// <summary>Ports on this machine.</summary>
public static class Loopback
{
    /// <summary>A TCP port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
