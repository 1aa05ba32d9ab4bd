using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SernetStream.Publishing.Mqtt;

/// <summary>
/// Finds out why TLS with a broker failed. OpenSSL checks the connection, but libmosquitto passes on no more than
/// "certificate verify failed"; so the certificate is fetched once more and looked at. What is found here is only ever
/// said, never trusted.
/// </summary>
internal static class TlsDiagnosis
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // A broker that is content with TLS waits for CONNECT; one that is not says so, or hangs up, at once.
    private static readonly TimeSpan Contentment = TimeSpan.FromSeconds(3);

    /// <summary>What is wrong, in words that fit behind the broker's name; null if that cannot be told.</summary>
    public static string? Explain(MqttOptions options)
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            return ExplainAsync(options, limit.Token).GetAwaiter().GetResult();
        }
        catch (Exception exception)
            when (exception is SocketException or OperationCanceledException or IOException or CryptographicException)
        {
            return null;
        }
    }

    private static async Task<string?> ExplainAsync(MqttOptions options, CancellationToken limit)
    {
        using var wire = new TcpClient();
        await wire.ConnectAsync(options.Host, options.Port, limit).ConfigureAwait(false);
        using var client = ClientCertificate(options.Tls!);
        var wasShown = false;
        string? fault = null;
        var stream = new SslStream(wire.GetStream());
        await using (stream.ConfigureAwait(false))
        {
            var settings = new SslClientAuthenticationOptions
            {
                TargetHost = options.Host,
                ClientCertificates = client is null ? null : [client],
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                {
                    wasShown = true;
                    fault = certificate is X509Certificate2 shown && options.Tls!.Verify
                        ? AboutCertificate(
                            options, shown, chain, errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
                        : null;
                    return fault is null;
                },
            };
            try
            {
                await stream.AuthenticateAsClientAsync(settings, limit).ConfigureAwait(false);
                return await IsContentAsync(stream, limit).ConfigureAwait(false) ? null : AboutClient(options.Tls!);
            }
            catch (Exception exception) when (exception is AuthenticationException or IOException)
            {
                return wasShown
                    ? fault ?? AboutClient(options.Tls!)
                    : "does not speak TLS on this port; without TLS it is mqtt://, which is usually port "
                        + $"{MqttOptions.DefaultPort}";
            }
        }
    }

    private static X509Certificate2? ClientCertificate(MqttTls tls) => tls.CertificateFile is null
        ? null
        : X509Certificate2.CreateFromPemFile(tls.CertificateFile, tls.EffectiveKeyFile);

    private static async Task<bool> IsContentAsync(SslStream stream, CancellationToken limit)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(limit);
        patience.CancelAfter(Contentment);
        try
        {
            return await stream.ReadAsync(new byte[1], patience.Token).ConfigureAwait(false) > 0;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private static string AboutClient(MqttTls tls) => tls.CertificateFile is null
        ? "wants a client certificate"
        : $"does not accept the client certificate of {tls.CertificateFile}";

    private static string? AboutCertificate(
        MqttOptions options, X509Certificate2 shown, X509Chain? sent, bool nameDiffers)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        if (options.Tls!.CaFile is { } authorities)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(authorities);
        }

        var faults = chain.Build(shown)
            ? X509ChainStatusFlags.NoError
            : chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if ((faults & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
        {
            return "has a certificate that was not signed by an authority of "
                + (options.Tls.CaFile ?? "this system; where it is one of your own, give its file");
        }

        if (shown.NotAfter < DateTime.Now)
        {
            return $"has a certificate that expired on {shown.NotAfter.ToUniversalTime():yyyy-MM-dd}";
        }

        if (shown.NotBefore > DateTime.Now)
        {
            return $"has a certificate that is valid only from {shown.NotBefore.ToUniversalTime():yyyy-MM-dd} on; "
                + "is this machine's clock right?";
        }

        return nameDiffers
            ? $"has a certificate for another host than {options.Host}; use the name that is in it"
            : null;
    }
}
