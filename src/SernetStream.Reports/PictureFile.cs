using SernetStream.Configuration;

namespace SernetStream.Reports;

/// <summary>Pictures as files.</summary>
internal static class PictureFile
{
    /// <summary>Writes one.</summary>
    /// <exception cref="CommandException">It cannot be written.</exception>
    public static void Write(string file, string picture)
    {
        try
        {
            File.WriteAllText(file, picture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"The picture {file} could not be written: {error.Message}");
        }
    }
}
