namespace SernetStream.Diary;

/// <summary>The file that holds the diary of a node, whether it is there or not.</summary>
/// <param name="path">Where it is.</param>
internal sealed class DiaryFile(string path)
{
    private const string Folder = "diary";

    /// <summary>Where it is.</summary>
    public string Location => path;

    /// <summary>Whether it is there, and may be seen.</summary>
    public bool Exists => File.Exists(path);

    /// <summary>The file of a node in a state folder.</summary>
    public static DiaryFile In(string state, string node) => new(Path.Combine(state, Folder, Uri.EscapeDataString(node) + ".db"));

    /// <summary>The entries of a time, in the order in which they were written.</summary>
    /// <exception cref="DiaryException">It cannot be read.</exception>
    public IReadOnlyList<DiaryEntry> Read(DateTimeOffset from, DateTimeOffset to)
    {
        using var database = DiaryDatabase.OpenToRead(path);
        return database.Read(from, to);
    }

    /// <summary>How many entries are older than a moment.</summary>
    /// <exception cref="DiaryException">It cannot be read.</exception>
    public long Count(DateTimeOffset before)
    {
        using var database = DiaryDatabase.OpenToRead(path);
        return database.Count(before);
    }

    /// <summary>Removes the entries that are older than a moment; also while a daemon writes.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="DiaryException">It cannot be written.</exception>
    public int Delete(DateTimeOffset before)
    {
        using var database = DiaryDatabase.OpenToWrite(path);
        return database.Delete(before);
    }

    /// <summary>Removes the file, whatever it holds.</summary>
    /// <exception cref="DiaryException">It cannot be removed.</exception>
    public void Remove() => Reach(() =>
    {
        File.Delete(path);
        File.Delete(path + "-wal");
        File.Delete(path + "-shm");
    });

    /// <summary>Gives it to the node under its new name, with the log that a killed daemon left.</summary>
    /// <exception cref="DiaryException">It cannot be moved.</exception>
    public void Rename(string state, string node) => Reach(() =>
    {
        if (!Exists)
        {
            return;
        }

        var target = In(state, node).Location;
        File.Delete(target + "-wal");
        if (File.Exists(path + "-wal"))
        {
            File.Move(path + "-wal", target + "-wal");
        }

        File.Move(path, target, overwrite: true);
        File.Delete(path + "-shm");
        File.Delete(target + "-shm");
    });

    private void Reach(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiaryException.Of(path, error);
        }
    }
}
