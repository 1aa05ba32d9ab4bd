using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace SernetStream.Web.Health;

/// <summary>
/// Tells systemd how the service is, as sd_notify(3) does: a datagram of <c>KEY=VALUE</c> lines to the socket that
/// NOTIFY_SOCKET names. Without that socket, nothing happens.
/// </summary>
internal sealed class SystemdNotifier : IDisposable
{
    private readonly Socket? _socket;
    private readonly UnixDomainSocketEndPoint? _address;

    /// <summary>Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.</summary>
    /// <param name="variable">Gives an environment variable.</param>
    public SystemdNotifier(Func<string, string?> variable)
    {
        if (variable("NOTIFY_SOCKET") is not { Length: > 1 } path || path[0] is not ('/' or '@'))
        {
            return;
        }

        // An abstract socket's name begins with a zero byte, which the variable writes as @ (unix(7)).
        _address = new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path);
        _socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        var isForUs = variable("WATCHDOG_PID") is not { Length: > 0 } process
            || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        if (isForUs
            && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds > 0)
        {
            WatchdogInterval = TimeSpan.FromMicroseconds(microseconds);
        }
    }

    /// <summary>Whether somebody wants to know.</summary>
    public bool IsWanted => _socket is not null;

    /// <summary>Within which time a ping must come, or the service is killed; null: there is no watchdog.</summary>
    public TimeSpan? WatchdogInterval { get; }

    /// <summary>The service has started.</summary>
    public void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>A line for <c>systemctl status</c>.</summary>
    public void Status(string status) => Send($"STATUS={status}");

    /// <summary>The service is alive.</summary>
    public void Ping() => Send("WATCHDOG=1");

    /// <summary>The service is ending.</summary>
    public void Stopping() => Send("STOPPING=1");

    /// <inheritdoc/>
    public void Dispose() => _socket?.Dispose();

    private void Send(string state)
    {
        try
        {
            _socket?.SendTo(Encoding.UTF8.GetBytes(state), _address!);
        }
        catch (SocketException)
        {
            // sernetd goes on listening if the service manager is away or behind; a watchdog that misses its ping will
            // say so in its own way.
        }
    }
}
