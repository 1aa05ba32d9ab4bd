using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace SernetStream.Mqtt.Session;

/// <summary>
/// Finds out why a connection was closed without a reason, by a second one over which nothing is sent. The result is
/// only reported, never trusted.
/// </summary>
internal static class TlsProbe
{
    // A broker that is content with TLS waits for CONNECT; one that is not says so, or hangs up, at once.
    private static readonly TimeSpan Contentment = TimeSpan.FromSeconds(3);

    /// <summary>Whether plain MQTT was spoken to a port of TLS.</summary>
    public static async Task<bool> SpeaksTlsAsync(MqttOptions options, BrokerFault fault, CancellationToken cancellationToken)
    {
        if (fault.Kind is not (BrokerFaultKind.Closed or BrokerFaultKind.NotMqtt))
        {
            return false;
        }

        var wasShown = false;
        var settings = new SslClientAuthenticationOptions
        {
            TargetHost = options.ServerName,

            // It goes no further than the certificate.
            RemoteCertificateValidationCallback = (_, certificate, _, _) => !(wasShown |= certificate is not null),
        };
        await LookAsync(options, settings, cancellationToken).ConfigureAwait(false);
        return wasShown;
    }

    /// <summary>
    /// Whether the broker does not accept who this client is. With TLS 1.3 it says so after the handshake, and if
    /// CONNECT crosses it, the system discards the broker's message.
    /// </summary>
    public static async Task<bool> RefusesClientAsync(
        MqttOptions options, BrokerTls tls, BrokerFault fault, CancellationToken cancellationToken) =>
        fault.Kind == BrokerFaultKind.Closed && tls.TrustsBroker
        && await LookAsync(options, tls.Settings, cancellationToken).ConfigureAwait(false) is { Kind: BrokerFaultKind.Tls };

    /// <summary>Agrees on TLS and listens for a while.</summary>
    /// <returns>Why the broker ended it; null if it did not.</returns>
    private static async Task<BrokerFault?> LookAsync(
        MqttOptions options, SslClientAuthenticationOptions settings, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Contentment);
        try
        {
            using var socket = await BrokerWire.OpenSocketAsync(options, patience.Token).ConfigureAwait(false);
            var stream = new SslStream(new NetworkStream(socket));
            await using (stream.ConfigureAwait(false))
            {
                await stream.AuthenticateAsClientAsync(settings, patience.Token).ConfigureAwait(false);
                return await stream.ReadAsync(new byte[1], patience.Token).ConfigureAwait(false) > 0 ? null : BrokerFault.Closed;
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or SocketException)
        {
            return BrokerFault.Of(exception);
        }
    }
}
