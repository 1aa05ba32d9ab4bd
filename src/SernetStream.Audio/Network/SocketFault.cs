using System.Net.Sockets;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Network;

/// <summary>Says in a sentence why a peer cannot be reached.</summary>
internal static class SocketFault
{
    /// <param name="name">The stream's name for people.</param>
    /// <param name="error">What the system said.</param>
    public static AudioDeviceException Of(string name, SocketException error) => new(
        error.SocketErrorCode == SocketError.AccessDenied ? AudioDeviceError.NoPermission : AudioDeviceError.NotFound,
        $"{name} {Reason(error)}",
        error);

    private static string Reason(SocketException error) => error.SocketErrorCode switch
    {
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "cannot be reached: nobody knows the host's name. Check the address and the network.",
        SocketError.ConnectionRefused => "cannot be reached: nothing listens there (connection refused). Check the address, and that the sender runs.",
        SocketError.HostUnreachable or SocketError.HostDown => "cannot be reached: there is no way to the host. Check the address and the network.",
        SocketError.NetworkUnreachable or SocketError.NetworkDown => "cannot be reached: this machine has no way to that network. Check the address and the network.",
        SocketError.TimedOut => "cannot be reached: the sender did not answer in time. Check the address, and that the sender runs.",
        SocketError.AddressAlreadyInUse => "cannot be heard: another program has this port. End it, or choose another port at both ends.",
        SocketError.AddressNotAvailable => "cannot be heard: this machine has no such address. Write one of its own, 0.0.0.0 for all of them, or a multicast group.",
        SocketError.AccessDenied => "cannot be heard: this user may not use the port. Choose one from 1024 on.",
        SocketError.ConnectionReset => "ended: the sender broke the connection.",
        _ => $"cannot be reached: {error.Message}. Check the address and the network.",
    };
}
