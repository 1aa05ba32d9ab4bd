using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace SernetStream.Testing;

/// <summary>Ports on this machine.</summary>
public static class Loopback
{
    // Linux gives outgoing connections ports from 32768 on, so none of them takes these between the look and the use.
    private const int First = 16_384;
    private const int End = 32_768;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A TCP port that was free a moment ago. No port is given twice in a process.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, End);
            if (!Given.TryAdd(port, true))
            {
                continue;
            }

            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }
    }
}
