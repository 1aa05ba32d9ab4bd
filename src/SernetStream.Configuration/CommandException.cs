namespace SernetStream.Configuration;

/// <summary>A command cannot go on; the message is for the person who gave it.</summary>
internal class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
