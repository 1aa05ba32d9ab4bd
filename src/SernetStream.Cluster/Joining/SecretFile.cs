using SernetStream.Configuration;

namespace SernetStream.Cluster.Joining;

/// <summary>Reads secrets from files: a command line can be read by everybody on the machine.</summary>
internal static class SecretFile
{
    private const int Longest = 4096;

    /// <summary>The secret that all silos of a cluster share.</summary>
    /// <exception cref="CommandException">It cannot be read, is short, or others can read it.</exception>
    public static string ReadShared(string path)
    {
        var secret = Read("--secret-file", path);
        if (secret.Length < ClusterIdentity.ShortestSecret)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"The secret in {path} has {secret.Length} characters; it must have {ClusterIdentity.ShortestSecret} or more. "
                + $"Make one with 'openssl rand -base64 33 > {path}' and copy it to each silo.");
        }

        return secret;
    }

    /// <summary>Any secret.</summary>
    /// <exception cref="CommandException">It cannot be read, or others can read it.</exception>
    public static string Read(string option, string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
            {
                throw new CommandException(ExitCode.Usage, $"Everybody on this machine can read {path}, the file of {option}: chmod 600 {path}");
            }

            var text = File.ReadAllText(path).Trim();
            return text.Length is > 0 and <= Longest
                ? text
                : throw new CommandException(ExitCode.Usage, $"{option} {path} holds no secret: it must have 1 to {Longest} characters.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{option} {path} cannot be read: {error.Message}");
        }
    }
}
