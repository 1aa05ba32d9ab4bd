using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SernetStream.Mqtt;

/// <summary>
/// How the connection to a broker is encrypted, and who it is with. All files are PEM; they are read for each
/// connection, so a renewed certificate needs no restart.
/// </summary>
public sealed record MqttTls
{
    /// <summary>The port of MQTT over TLS.</summary>
    public const int DefaultPort = 8883;

    /// <summary>The authorities that may have signed the broker's certificate; null for those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>This client's certificate, with the chain up to its authority; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The key of <see cref="CertificateFile"/>, not encrypted; null if it is in that file.</summary>
    public string? KeyFile { get; init; }

    /// <summary>
    /// Whether the broker must prove who it is. Without it anybody on the way can read and change everything, the
    /// password included.
    /// </summary>
    public bool Verify { get; init; } = true;

    /// <summary>
    /// The name that the broker's certificate must hold, and that the broker is asked for (SNI); null for the host of
    /// the address. For a broker that is reached by an address or a name that is not in its certificate.
    /// </summary>
    public string? ServerName { get; init; }

    /// <summary>The file with the key, where there is a certificate.</summary>
    internal string? EffectiveKeyFile => KeyFile ?? CertificateFile;

    /// <summary>Everything that is wrong with these options and their files, a sentence each.</summary>
    public IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        if (ServerName is not null && Uri.CheckHostName(ServerName) == UriHostNameType.Unknown)
        {
            problems.Add(
                $"\"{ServerName}\" is not the name of a server; write what the broker's certificate says, such as broker.example, "
                + "without a port.");
        }

        if (CaFile is not null && Read(CaFile, "certificate authorities", problems) is { } authorities)
        {
            CheckAuthorities(authorities, problems);
        }

        if (CertificateFile is null)
        {
            if (KeyFile is not null)
            {
                problems.Add("An MQTT client key needs its certificate as well.");
            }

            return problems;
        }

        var certificate = Read(CertificateFile, "client certificate", problems);
        var key = Read(EffectiveKeyFile!, "client key", problems);
        if (certificate is not null && key is not null)
        {
            CheckPair(certificate, key, problems);
        }

        return problems;
    }

    private static string? Read(string file, string what, List<string> problems)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            problems.Add($"The file {file} with the MQTT {what} cannot be read: {exception.Message}");
            return null;
        }
    }

    private void CheckAuthorities(string pem, List<string> problems)
    {
        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPem(pem);
            if (found.Count > 0)
            {
                return;
            }
        }
        catch (CryptographicException)
        {
            // Said below.
        }

        problems.Add($"The file {CaFile} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).");
    }

    private void CheckPair(string certificate, string key, List<string> problems)
    {
        if (key.Contains("ENCRYPTED", StringComparison.Ordinal))
        {
            problems.Add(
                $"The MQTT client key in {EffectiveKeyFile} is encrypted, and nobody is there to type its passphrase. "
                + "Write it without one (openssl pkey -in KEY -out NEW) and let only this service read it.");
            return;
        }

        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            problems.Add(
                $"The MQTT client certificate {CertificateFile} and the key {EffectiveKeyFile} are not a pair in PEM form.");
        }
    }
}
