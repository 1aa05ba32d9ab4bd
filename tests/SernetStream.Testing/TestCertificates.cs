using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SernetStream.Testing;

/// <summary>A certificate and its key, each in a PEM file.</summary>
public sealed record PemPair(string CertificateFile, string KeyFile);

/// <summary>A test's own certificate authority, and the certificates it signs, as PEM files in a folder.</summary>
public sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private readonly TemporaryFolder _folder = new();
    private readonly X509Certificate2 _authority;
    private readonly ECDsa _authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private int _serial;

    public TestCertificates(string name = "SernetStream test authority")
    {
        var request = new CertificateRequest($"CN={name}", _authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        _authority = request.CreateSelfSigned(Now.AddYears(-10), Now.AddYears(10));
        AuthorityFile = _folder.Write("authority.pem", _authority.ExportCertificatePem());
    }

    /// <summary>The authority's certificate.</summary>
    public string AuthorityFile { get; }

    /// <summary>A certificate for a server at 127.0.0.1 and localhost, or at another host.</summary>
    public PemPair Server(string? host = null, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host ?? "localhost");
        if (host is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }

        return Sign($"CN={host ?? "localhost"}", names.Build(), notBefore, notAfter);
    }

    /// <summary>A certificate for a client; the server knows the client by this name.</summary>
    public PemPair Client(string name) => Sign($"CN={name}", names: null, notBefore: null, notAfter: null);

    /// <summary>
    /// A certificate for a client, signed by an intermediate authority. Its file contains the intermediate certificate only if
    /// <paramref name="withBranch"/> is set.
    /// </summary>
    public PemPair ClientOfBranch(string name, bool withBranch)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=SernetStream test branch", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var signed = request.Create(_authority, Now.AddDays(-1), Now.AddDays(1), Serial());
        using var branch = signed.CopyWithPrivateKey(key);
        var client = Sign($"CN={name}", names: null, notBefore: null, notAfter: null, branch);
        if (withBranch)
        {
            File.AppendAllText(client.CertificateFile, "\n" + signed.ExportCertificatePem());
        }

        return client;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _authorityKey.Dispose();
        _folder.Dispose();
    }

    private byte[] Serial() => [1, .. BitConverter.GetBytes(++_serial)];

    private PemPair Sign(
        string subject, X509Extension? names, DateTimeOffset? notBefore, DateTimeOffset? notAfter, X509Certificate2? authority = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: false));
        if (names is not null)
        {
            request.CertificateExtensions.Add(names);
        }

        using var certificate = request.Create(
            authority ?? _authority, notBefore ?? Now.AddDays(-1), notAfter ?? Now.AddDays(1), Serial());
        return new PemPair(
            _folder.Write($"{_serial}.pem", certificate.ExportCertificatePem()),
            _folder.Write($"{_serial}.key", key.ExportPkcs8PrivateKeyPem()));
    }
}
