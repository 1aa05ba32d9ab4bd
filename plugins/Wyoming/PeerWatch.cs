using System.Net.Sockets;

namespace SernetStream.Plugins.Wyoming;

/// <summary>
/// Lets the system notice within a minute that a peer's machine went away without a word: by keep-alive probes while
/// nothing is sent, and by data that is not acknowledged. The protocol itself lets a peer be silent for as long as it
/// likes.
/// </summary>
internal static class PeerWatch
{
    /// <summary>When a silent peer is first asked, how often then, and how long an answer may take; in seconds.</summary>
    public const int FirstQuestion = 20, Interval = 5, WaitTimeout = 30;

    // TCP_USER_TIMEOUT of Linux, which .NET has no name for; in milliseconds.
    private const int UserTimeout = 18;

    public static void Begin(Socket socket)
    {
        if (socket.ProtocolType != ProtocolType.Tcp)
        {
            return;
        }

        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, FirstQuestion);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, Interval);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, WaitTimeout / Interval);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, UserTimeout, BitConverter.GetBytes(1000 * WaitTimeout));
        }
    }
}
