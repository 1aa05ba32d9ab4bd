using System.Net.Sockets;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using MQTTnet.Exceptions;

namespace SernetStream.Mqtt.Session;

/// <summary>What kind of fault ended a connection, or kept it from being made.</summary>
internal enum BrokerFaultKind
{
    /// <summary>No connection: no such host, no route, no listener.</summary>
    Unreachable,

    /// <summary>Nothing was heard for too long.</summary>
    Silent,

    /// <summary>The other side closed or reset the connection.</summary>
    Closed,

    /// <summary>What was heard is not MQTT.</summary>
    NotMqtt,

    /// <summary>TLS was not agreed on.</summary>
    Tls,

    /// <summary>
    /// It is known what is wrong, and only a person can change it; the reason is worded to follow the broker's name.
    /// </summary>
    Refused,
}

/// <summary>Why there is no connection, or no more.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Reason">Why, in words that fit into brackets; of <see cref="BrokerFaultKind.Refused"/>, behind the broker's name.</param>
internal sealed record BrokerFault(BrokerFaultKind Kind, string Reason)
{
    public static BrokerFault NoAnswer { get; } = new(BrokerFaultKind.Silent, "no answer");

    public static BrokerFault FellSilent { get; } = new(BrokerFaultKind.Silent, "the broker does not answer any more");

    public static BrokerFault Closed { get; } = new(BrokerFaultKind.Closed, "the broker closed the connection");

    private static BrokerFault NotMqtt { get; } = new(BrokerFaultKind.NotMqtt, "the server there does not speak MQTT");

    private static BrokerFault Tls { get; } = new(BrokerFaultKind.Tls, "the TLS handshake failed");

    /// <summary>What an exception of the connection means.</summary>
    public static BrokerFault Of(Exception exception)
    {
        var chain = Chain(exception).ToList();
        if (chain.OfType<SocketException>().FirstOrDefault() is { } socket)
        {
            return Of(socket);
        }

        if (chain.Exists(one => one is AuthenticationException or CryptographicException))
        {
            return Tls;
        }

        if (chain.Exists(one => one is OperationCanceledException or MqttCommunicationTimedOutException or TimeoutException))
        {
            return FellSilent;
        }

        // MQTTnet wraps everything that goes wrong with the connection; without a cause inside it is its end.
        return chain[^1] is IOException or MqttCommunicationException { InnerException: null } or WebSocketException
                or MqttClientDisconnectedException or MqttClientNotConnectedException or ObjectDisposedException
            && chain[^1] is not MqttProtocolViolationException
            ? Closed
            : NotMqtt;
    }

    private static BrokerFault Of(SocketException exception) => exception.SocketErrorCode switch
    {
        SocketError.TimedOut => NoAnswer,
        SocketError.TryAgain => new BrokerFault(BrokerFaultKind.Unreachable, "the name server does not answer"),
        SocketError.HostNotFound or SocketError.NoData => new BrokerFault(BrokerFaultKind.Unreachable, "the host is unknown"),
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => Closed,
        _ => new BrokerFault(BrokerFaultKind.Unreachable, Words(exception.NativeErrorCode)),
    };

    private static string Words(int error)
    {
        var text = Marshal.GetPInvokeErrorMessage(error);
        return text.Length == 0 ? $"error {error}" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (var one = exception; one is not null; one = one.InnerException)
        {
            yield return one;
        }
    }
}
