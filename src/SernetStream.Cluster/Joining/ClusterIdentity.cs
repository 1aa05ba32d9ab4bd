using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace SernetStream.Cluster.Joining;

/// <summary>
/// Proves to other silos that this one belongs to the cluster, and checks their proof: a certificate, and the authority that
/// must have signed theirs. The authority's key is made of the shared secret, so that whoever knows the secret can make a
/// certificate for itself, and nobody else can; or certificate and authority come from files.
/// </summary>
internal sealed class ClusterIdentity : IDisposable
{
    /// <summary>Whoever connects sees a certificate, and could try secrets on it: a short one would be found.</summary>
    public const int ShortestSecret = 32;

    private const int Rounds = 200_000;
    private static readonly byte[] Purpose = "sernet cluster authority 1"u8.ToArray();
    private static readonly DateTimeOffset Begin = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly X509Certificate2 _authority;

    private ClusterIdentity(X509Certificate2 authority, X509Certificate2 own)
    {
        (_authority, Own) = (authority, own);
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(authority.PublicKey.ExportSubjectPublicKeyInfo()))[..16];
    }

    /// <summary>What this silo shows.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>Tells the authorities of two clusters apart; no secret.</summary>
    public string Fingerprint { get; }

    /// <summary>An identity of a secret.</summary>
    /// <param name="secret">At least <see cref="ShortestSecret"/> characters.</param>
    /// <param name="silo">The name on the certificate.</param>
    public static ClusterIdentity OfSecret(string secret, string silo)
    {
        using var authorityKey = KeyOf(secret);
        var authority = AuthorityOf(authorityKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(NameOf(silo), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        using var signed = request.Create(authority, Begin.AddDays(1), End.AddDays(-1), RandomNumberGenerator.GetBytes(16));
        return new ClusterIdentity(authority, signed.CopyWithPrivateKey(key));
    }

    /// <summary>An identity of files in PEM form.</summary>
    /// <exception cref="CryptographicException">They are none.</exception>
    public static ClusterIdentity OfFiles(string certificate, string key, string authority) =>
        new(X509CertificateLoader.LoadCertificateFromFile(authority), X509Certificate2.CreateFromPemFile(certificate, key));

    /// <summary>Whether a peer's certificate was signed by this cluster's authority.</summary>
    public bool IsPeer(X509Certificate? shown)
    {
        if (shown is null)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        using var certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        return chain.Build(certificate);
    }

    public void Dispose()
    {
        Own.Dispose();
        _authority.Dispose();
    }

    private static X509Certificate2 AuthorityOf(ECDsa key)
    {
        var request = new CertificateRequest(NameOf("sernet cluster"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        return request.CreateSelfSigned(Begin, End);
    }

    private static X500DistinguishedName NameOf(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        return builder.Build();
    }

    /// <summary>A key of the curve P-256: a number from 1 to the curve's order, which the first try all but always is.</summary>
    private static ECDsa KeyOf(string secret)
    {
        var seed = Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(secret), Purpose, Rounds, HashAlgorithmName.SHA256, 32);
        for (byte attempt = 0; ; attempt++)
        {
            try
            {
                return ECDsa.Create(new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    D = HKDF.Expand(HashAlgorithmName.SHA256, seed, 32, [attempt]),
                });
            }
            catch (CryptographicException) when (attempt < 8)
            {
                // Not such a number.
            }
        }
    }
}
