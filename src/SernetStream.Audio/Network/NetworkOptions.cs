using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SernetStream.Audio.Network;

/// <summary>How a stream on the network is heard.</summary>
public sealed record NetworkOptions
{
    /// <summary>The password of the user in the address; null for none. It is not part of <see cref="ToString"/>.</summary>
    public string? Password { get; init; }

    /// <summary>Whether the server's certificate is checked (https, rtsps).</summary>
    public bool Verify { get; init; } = true;

    /// <summary>A file (PEM) with certificate authorities that are accepted beside those of the system; null for none.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>After this time without a sample, the stream counts as stalled, and is opened again.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Asks for the addresses of hosts' names.</summary>
    public HostNames Names { get; init; } = HostNames.Shared;

    /// <summary>What is wrong with such a file, in a sentence; null if nothing is.</summary>
    public static string? AuthorityProblem(string path)
    {
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(path);
            return authorities.Count == 0 ? $"{path} holds no certificate; it must be in PEM format (-----BEGIN CERTIFICATE-----)." : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return $"{path} cannot be read as certificates in PEM format: {error.Message}";
        }
        finally
        {
            foreach (var authority in authorities)
            {
                authority.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"verify {Verify}, stall limit {StallLimit}";
}
