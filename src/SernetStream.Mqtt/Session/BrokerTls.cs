using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SernetStream.Mqtt.Session;

/// <summary>
/// TLS of one connection: who this client is, whom it trusts, and what was wrong with the broker's certificate. The
/// exception says "certificate validation failed" whatever it was; only this class can tell which.
/// </summary>
internal sealed class BrokerTls : IDisposable
{
    private readonly MqttOptions _options;
    private readonly MqttTls _tls;
    private readonly X509Certificate2Collection _own = [];
    private bool _wasShown;
    private string? _fault;

    /// <summary>Reads the files.</summary>
    /// <exception cref="IOException">A file no longer exists; <see cref="MqttTls.Problems"/> says which.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may no longer be read.</exception>
    /// <exception cref="CryptographicException">A file no longer holds what it should.</exception>
    public BrokerTls(MqttOptions options)
    {
        _options = options;
        _tls = options.Tls!;
        Settings = new SslClientAuthenticationOptions
        {
            TargetHost = options.ServerName,
            CertificateChainPolicy = Trust(),
            ClientCertificateContext = Identity(),
            RemoteCertificateValidationCallback = Judge,
        };
    }

    /// <summary>What the connection is made with.</summary>
    public SslClientAuthenticationOptions Settings { get; }

    /// <summary>Whether the broker's certificate was shown and is in order.</summary>
    public bool TrustsBroker => _wasShown && _fault is null;

    /// <summary>Why TLS failed, behind the broker's name; the certificate's fault, or the one that is left.</summary>
    /// <param name="said">What kind of fault the connection ended with.</param>
    /// <returns>Null if TLS was not what failed.</returns>
    public string? Explain(BrokerFaultKind said) => (_fault, _wasShown, said) switch
    {
        ({ } fault, _, _) => fault,
        (_, true, BrokerFaultKind.Tls) => _tls.CertificateFile is null
            ? "wants a client certificate"
            : $"does not accept the client certificate of {_tls.CertificateFile}",
        (_, false, BrokerFaultKind.Tls or BrokerFaultKind.Closed or BrokerFaultKind.NotMqtt) =>
            "does not speak TLS on this port; without TLS write "
            + (_options.WebSocketPath is null ? $"mqtt://, which is usually port {MqttOptions.DefaultPort}" : "ws://"),
        _ => null,
    };

    public void Dispose()
    {
        foreach (var certificate in _own)
        {
            certificate.Dispose();
        }
    }

    private X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        if (_tls.CaFile is { } authorities)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.ImportFromPemFile(authorities);
        }

        return policy;
    }

    // The authorities between this client and the broker's go along: a broker knows only the topmost.
    private SslStreamCertificateContext? Identity()
    {
        if (_tls.CertificateFile is not { } file)
        {
            return null;
        }

        var leaf = X509Certificate2.CreateFromPemFile(file, _tls.EffectiveKeyFile);
        _own.ImportFromPemFile(file);
        _own.Add(leaf);
        return SslStreamCertificateContext.Create(leaf, _own, offline: true);
    }

    private bool Judge(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        _wasShown = certificate is not null;
        _fault = _tls.Verify && errors != SslPolicyErrors.None ? Fault(certificate as X509Certificate2, chain, errors) : null;
        return _fault is null;
    }

    private string Fault(X509Certificate2? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        var faults = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status)
            ?? X509ChainStatusFlags.NoError;
        if (shown is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "shows no certificate";
        }

        if ((faults & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
        {
            return "has a certificate that was not signed by an authority of "
                + (_tls.CaFile ?? "this system; where it is one of your own, give its file");
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

        return faults != X509ChainStatusFlags.NoError
            ? $"has a certificate that cannot be trusted ({faults})"
            : $"has a certificate for another host than {_options.ServerName}; use the name that is in it, or give it as the server's name";
    }
}
