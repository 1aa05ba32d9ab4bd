using System.Net;
using System.Net.Sockets;

namespace SernetStream.Plugins.Wyoming;

/// <summary>Where the server listens: one of the addresses that <c>uris</c> names.</summary>
/// <param name="Name">As it was written.</param>
/// <param name="Host">Host of a TCP address; null for a path.</param>
/// <param name="Port">Port of a TCP address; 0: any that is free.</param>
/// <param name="Path">Path of a Unix socket; null for TCP.</param>
internal sealed record Endpoint(string Name, string? Host, int Port, string? Path)
{
    /// <summary>Reads <c>tcp://host:port</c> or <c>unix:///path</c>; null for what is neither.</summary>
    public static Endpoint? Find(string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri))
        {
            if (uri is { Scheme: "tcp", Port: >= 0, AbsolutePath: "" or "/" })
            {
                return new Endpoint(text, uri.IdnHost, uri.Port, null);
            }

            if (uri is { Scheme: "unix", Host: "", AbsolutePath.Length: > 1 })
            {
                return new Endpoint(text, null, 0, Uri.UnescapeDataString(uri.AbsolutePath));
            }
        }

        return null;
    }

    /// <summary>Begins to listen.</summary>
    /// <exception cref="IOException">Somebody else listens there, or it may not be listened to there.</exception>
    public Socket Listen()
    {
        try
        {
            return Path is null ? ListenTcp() : ListenUnix(Path);
        }
        catch (SocketException error)
        {
            throw new IOException($"cannot listen at {Name}: {error.Message}", error);
        }
    }

    private Socket ListenTcp()
    {
        var address = Dns.GetHostAddresses(Host!)[0];
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = address.Equals(IPAddress.IPv6Any);
            }

            socket.Bind(new IPEndPoint(address, Port));
            socket.Listen();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket ListenUnix(string path)
    {
        RemoveStale(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
            {
                // The user and the group of the daemon, nobody else.
                const UnixFileMode ReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                File.SetUnixFileMode(path, ReadWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
            }

            socket.Listen();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A daemon that was killed leaves its socket behind; one that lives answers.</summary>
    private static void RemoveStale(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }

        throw new IOException($"Another program listens at {path}.");
    }
}
