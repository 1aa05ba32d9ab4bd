using System.Security.Cryptography;
using System.Text;

namespace SernetStream.State;

/// <summary>
/// The part of the state folder that says which device each node of this machine is to hubs. A file for each device: its
/// name is the id, its first line the name of the node. Beside it are a file of the topics that it published, and an empty
/// one that a running node holds locked.
/// </summary>
internal sealed class DeviceFolder(string path)
{
    private const int Bytes = 6;
    private const int LongestName = 1024;

    // With the lock held, another process that looks at the same time waits its turn.
    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(2);

    /// <summary>This process's own; null if there is no state folder.</summary>
    public static DeviceFolder? Default() => StateFolder.Default() is { } state ? In(state) : null;

    /// <summary>The folders of this machine that there are: this process's own, and that of the service.</summary>
    public static IEnumerable<DeviceFolder> All() => StateFolder.All().Select(In).Where(folder => Directory.Exists(folder.Location));

    /// <summary>The id of the device whose node has this name; null if there is none, or it is not for this user to read.</summary>
    public static string? IdOf(string node)
    {
        try
        {
            return All().SelectMany(folder => folder.Devices()).Where(device => device.Node == node).Select(device => device.Id).FirstOrDefault();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Where the folder is.</summary>
    public string Location => path;

    /// <summary>Where the topics of a device are written down.</summary>
    public string TopicsOf(string id) => Path.Combine(path, id + ".topics");

    /// <summary>Where today's sums of a device are kept.</summary>
    public string TodayOf(string id) => Path.Combine(path, id + ".today");

    /// <summary>Makes the folder if there is none, and waits until no other process looks into it; until disposed.</summary>
    /// <exception cref="IOException">There is no place for it, or the wait does not end.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public FileStream Turn()
    {
        Directory.CreateDirectory(path);
        var until = Environment.TickCount64 + (long)WaitTimeout.TotalMilliseconds;
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Environment.TickCount64 < until)
            {
                Thread.Sleep(10);
            }
        }
    }

    /// <summary>The devices, with the names of their nodes, running or not; in the order of their ids.</summary>
    public IReadOnlyList<(string Id, string Node)> Devices() =>
    [
        .. Directory.GetFiles(path).Where(IsIdentity).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), ReadName(file))),
    ];

    /// <summary>Holds a device until disposed; null if its node runs.</summary>
    public IDisposable? Hold(string id)
    {
        try
        {
            // Its maker removes it: the service could not open one that root left behind.
            return new FileStream(
                Path.Combine(path, id + ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (error is not (FileNotFoundException or DirectoryNotFoundException))
        {
            return null;
        }
    }

    /// <summary>Makes a device that there was not.</summary>
    /// <returns>Its id.</returns>
    public string New(string node)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));
        WriteName(id, node);
        return id;
    }

    /// <summary>Names the node of a device.</summary>
    public void WriteName(string id, string node)
    {
        using var file = new FileStream(Path.Combine(path, id), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

        // In place, so that the file keeps its owner, whoever renames. Only the first line counts, and it is written at
        // once, before what was longer is cut off: a loss of power leaves the old name or the new one.
        file.Write(Encoding.UTF8.GetBytes(node + "\n"));
        file.Flush(flushToDisk: true);
        file.SetLength(file.Position);
    }

    /// <summary>
    /// Passes a device's published topics to another device, which removes them; the first device is deleted.
    /// </summary>
    public void GiveUp(string id, string heir)
    {
        var topics = TopicsOf(id);
        if (File.Exists(topics) && File.Exists(TopicsOf(heir)))
        {
            File.AppendAllLines(TopicsOf(heir), File.ReadAllLines(topics));
            File.Delete(topics);
        }
        else if (File.Exists(topics))
        {
            File.Move(topics, TopicsOf(heir));
        }

        File.Delete(TodayOf(id));
        File.Delete(Path.Combine(path, id));
    }

    private static DeviceFolder In(string state) => new(Path.Combine(state, "devices"));

    private static bool IsIdentity(string file) =>
        Path.GetFileName(file) is { Length: 2 * Bytes } name && name.All(char.IsAsciiHexDigitLower);

    private static string ReadName(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        var bytes = new byte[LongestName];
        var length = stream.ReadAtLeast(bytes, LongestName, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(bytes, 0, length).Split('\n')[0].Trim();
    }
}
