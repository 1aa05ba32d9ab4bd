namespace SernetStream.Configuration;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Failed while running.</summary>
    public const int Failed = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>An input (audio file, model) could not be read.</summary>
    public const int Input = 3;

    /// <summary>A device is not there. A broker that is away ends nothing: it is tried again.</summary>
    public const int Unavailable = 4;

    /// <summary>A library or a program that it needs is not installed. Trying again helps only after that.</summary>
    public const int Missing = 5;
}
