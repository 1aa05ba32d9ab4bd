using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SernetStream.Cluster.Joining;
using SernetStream.Diagnosis;
using SernetStream.Testing;

namespace SernetStream.Cluster.Tests;

/// <summary>A certificate that the other silos would refuse is found before they do.</summary>
public sealed class CertificateTests : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(-100, 365, true, nameof(Severity.Ok), "good until")]
    [InlineData(-100, 10, true, nameof(Severity.Warning), "good for 10 days yet")]
    [InlineData(-100, -1, true, nameof(Severity.Fault), "has not been good since")]
    [InlineData(1, 365, true, nameof(Severity.Fault), "not good before")]
    [InlineData(-100, 365, false, nameof(Severity.Fault), "not signed by the authority")]
    public void One_that_is_no_longer_good_or_soon_will_not_be_is_found(int from, int to, bool isSigned, string severity, string sentence)
    {
        var (certificate, key, authority) = Write(from, to, isSigned);
        using var identity = ClusterIdentity.OfFiles(certificate, key, authority);
        var finding = CertificateCheck.Of(identity, Now);
        Assert.Equal(severity, finding.Severity.ToString());
        Assert.Contains(sentence, finding.What, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-100, -1, true, 2, "has not been good since")]
    [InlineData(-100, 365, false, 2, "not signed by the authority")]
    // A board without a clock of its own knows the time later: so it is started again (the unit's RestartPreventExitStatus).
    [InlineData(1, 365, true, 1, "not good before")]
    public async Task A_silo_with_one_that_the_others_refuse_ends_before_it_looks_for_Redis(int from, int to, bool isSigned, int code, string sentence)
    {
        var (certificate, key, authority) = Write(from, to, isSigned);
        var silo = await ChildProcess.RunAsync(
            "dotnet", [ClusterSilo.Program, "--redis", "127.0.0.1:1", "--tls-cert", certificate, "--tls-key", key, "--tls-ca", authority],
            patience: TimeSpan.FromSeconds(120));
        Assert.Equal(code, silo.ExitCode);
        Assert.Contains(sentence, silo.Errors, StringComparison.Ordinal);
        Assert.Single(silo.Errors.Split('\n'));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes a certificate that is good between two days from now, its key, and the authority that signed it, or another.</summary>
    private (string Certificate, string Key, string Authority) Write(int from, int to, bool isSigned)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = Request("authority", authorityKey, isAuthority: true).CreateSelfSigned(Now.AddYears(-1), Now.AddYears(5));
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = Request("authority", otherKey, isAuthority: true).CreateSelfSigned(Now.AddYears(-1), Now.AddYears(5));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = Request("silo", key, isAuthority: false).Create(isSigned ? authority : other, Now.AddDays(from), Now.AddDays(to), [1, 2, 3]);
        return (
            _folder.Write("own.pem", own.ExportCertificatePem()), _folder.Write("key.pem", key.ExportPkcs8PrivateKeyPem()),
            _folder.Write("authority.pem", authority.ExportCertificatePem()));
    }

    private static CertificateRequest Request(string name, ECDsa key, bool isAuthority)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        return request;
    }
}
