using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using SernetStream.Models;

namespace SernetStream.State;

/// <summary>The file in the state folder that holds what was learnt at a node. Only its owner may read it.</summary>
/// <param name="path">Where it is.</param>
internal sealed class LearntFile(string path)
{
    private const string Folder = "learnt";

    /// <summary>Where it is.</summary>
    public string Location => path;

    /// <summary>The file of a node; null where there is no state folder.</summary>
    public static LearntFile? Of(string node) => StateFolder.Default() is { } state ? In(state, node) : null;

    /// <summary>The files of a node that there are: this user's own, and the service's.</summary>
    public static IEnumerable<LearntFile> All(string node) =>
        StateFolder.All().Select(state => In(state, node)).Where(file => File.Exists(file.Location));

    /// <summary>Reads it.</summary>
    /// <returns>What it holds, nothing if it is not there; or null and a sentence that says what is wrong and what to do.</returns>
    public (LearntState? State, string? Problem) Read(ModelCard card)
    {
        try
        {
            var (state, problem) = LearntState.Read(File.ReadAllBytes(path), card);
            return (state, problem is null ? null : $"{path} {problem}; remove it with 'sernetd forget', or move it away, to learn anew");
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return (LearntState.Nothing(card), null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (null, $"{path} cannot be read: {error.Message}");
        }
    }

    /// <summary>Writes it.</summary>
    /// <exception cref="IOException">There is no room, or no place.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public void Write(LearntState state, ModelCard card) => Write(state.ToUtf8(card));

    /// <summary>Takes a person out of it, whatever model it is of.</summary>
    /// <returns>Whether they were in it; null if it cannot be told what is in it.</returns>
    /// <exception cref="IOException">It cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public bool? Forget(string name)
    {
        try
        {
            var rest = LearntState.Without(File.ReadAllBytes(path), name);
            if (rest is not null)
            {
                Write(rest, staysTheirs: true);
            }

            return rest is not null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes beside it and renames: after a loss of power it is the old file or the new one.</summary>
    /// <param name="content">All of it.</param>
    /// <param name="staysTheirs">Whether root gives it to the owner of the old one: the service could not read one of root's.</param>
    private void Write(byte[] content, bool staysTheirs = false)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var next = path + ".new";
        try
        {
            using (var stream = new FileStream(next, OwnerOnly()))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }

            if (staysTheirs)
            {
                GiveToOwner(next);
            }

            File.Move(next, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(next);
            throw;
        }
    }

    /// <summary>By chown(1), which every Linux has and .NET has not.</summary>
    private void GiveToOwner(string next)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(next, File.GetUnixFileMode(path));
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        try
        {
            using var chown = Process.Start("chown", ["--reference", path, "--", next]);
            chown.WaitForExit();
            if (chown.ExitCode == 0)
            {
                return;
            }
        }
        catch (Win32Exception)
        {
            // It is not there: said below.
        }

        throw new IOException($"{next} cannot be given to the owner of {path}.");
    }

    /// <summary>Removes it, whatever it holds.</summary>
    public void Delete() => File.Delete(path);

    /// <summary>Gives it to the node under its new name.</summary>
    public void Rename(string state, string node)
    {
        if (File.Exists(path))
        {
            File.Move(path, In(state, node).Location, overwrite: true);
        }
    }

    /// <summary>The file of a node in a state folder.</summary>
    public static LearntFile In(string state, string node) => new(Path.Combine(state, Folder, Uri.EscapeDataString(node) + ".json"));

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (IOException)
        {
            // It is a file without a use, and the disk is full anyway.
        }
    }
}
