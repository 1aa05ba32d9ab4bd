using System.Net.Sockets;

namespace SernetStream.Plugins.Wyoming;

/// <summary>
/// Lets the system find out that the machine of a peer went away without a word, within a minute: by questions while
/// nothing is sent, and by what is sent and not confirmed. The protocol itself lets a peer be silent for as long as it likes.
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
