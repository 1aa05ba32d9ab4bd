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
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>What is wrong, in words that fit behind the broker's name; null if that cannot be told.</summary>
    /// <param name="options">The broker, and who may vouch for it.</param>
    /// <param name="libraryError">The last error that libmosquitto logged.</param>
    public static string? Explain(MqttOptions options, string? libraryError)
    {
        if (AboutClientCertificate(options.Tls!, libraryError) is { } refusal)
        {
            return refusal;
        }

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

    /// <summary>The broker's own alerts (RFC 8446 section 6.2) are about what this client showed.</summary>
    private static string? AboutClientCertificate(MqttTls tls, string? libraryError)
    {
        if (libraryError is null || !libraryError.Contains(" alert ", StringComparison.Ordinal))
        {
            return null;
        }

        if (tls.CertificateFile is null)
        {
            return libraryError.Contains("certificate", StringComparison.Ordinal)
                || libraryError.Contains("handshake failure", StringComparison.Ordinal)
                ? "wants a client certificate"
                : null;
        }

        return libraryError.Contains("certificate", StringComparison.Ordinal)
            || libraryError.Contains("unknown ca", StringComparison.Ordinal)
            ? $"does not accept the client certificate of {tls.CertificateFile}"
            : null;
    }

    private static async Task<string?> ExplainAsync(MqttOptions options, CancellationToken limit)
    {
        using var wire = new TcpClient();
        await wire.ConnectAsync(options.Host, options.Port, limit).ConfigureAwait(false);
        X509Certificate2? shown = null;
        using var others = new Disposables();
        var nameDiffers = false;
        var tls = new SslStream(wire.GetStream());
        await using (tls.ConfigureAwait(false))
        {
            try
            {
                await tls.AuthenticateAsClientAsync(
                    new SslClientAuthenticationOptions
                    {
                        TargetHost = options.Host,
                        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                        {
                            shown = certificate is null ? null : others.Add(new X509Certificate2(certificate));
                            others.AddRange(chain?.ChainPolicy.ExtraStore);
                            nameDiffers = errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch);
                            return false;
                        },
                    },
                    limit).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is AuthenticationException or IOException)
            {
                if (shown is null)
                {
                    return "does not speak TLS on this port; without TLS it is mqtt://, which is usually port "
                        + $"{MqttOptions.DefaultPort}";
                }
            }
        }

        return shown is null ? null : AboutCertificate(options, shown, others.Certificates, nameDiffers);
    }

    private static string? AboutCertificate(
        MqttOptions options, X509Certificate2 shown, X509Certificate2Collection others, bool nameDiffers)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ExtraStore.AddRange(others);
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

    /// <summary>Certificates that are kept until the end.</summary>
    private sealed class Disposables : IDisposable
    {
        public X509Certificate2Collection Certificates { get; } = [];

        public X509Certificate2 Add(X509Certificate2 certificate)
        {
            Certificates.Add(certificate);
            return certificate;
        }

        public void AddRange(X509Certificate2Collection? certificates)
        {
            foreach (var certificate in certificates ?? [])
            {
                Certificates.Add(new X509Certificate2(certificate));
            }
        }

        public void Dispose()
        {
            foreach (var certificate in Certificates)
            {
                certificate.Dispose();
            }
        }
    }
}
