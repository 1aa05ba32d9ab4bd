using System.Security.Cryptography;
using System.Text;

namespace SernetStream.Daemon.Hosting;

/// <summary>
/// What hubs know this device by, made once and kept in the state folder, so that a node which gets another name stays
/// the same device to them. The folder holds a file for each device of this machine: its name is the id, its text the
/// name that the node had last. A running node holds its file locked, so that two nodes of one machine are two devices.
/// </summary>
internal sealed class DeviceIdentity(string? folder, ILogger log) : IDisposable
{
    private const int Bytes = 6;

    // With the lock held, another process that claims at the same time waits its turn.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private FileStream? _held;

    /// <summary>
    /// The folder that systemd gives a service (<c>StateDirectory=</c>), or else the user's own; null if there is none.
    /// </summary>
    public static string? DefaultFolder()
    {
        if (Environment.GetEnvironmentVariable("STATE_DIRECTORY") is { Length: > 0 } service)
        {
            return Path.Combine(service.Split(':')[0], "devices");
        }

        var user = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } state
            ? state
            : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home ? Path.Combine(home, ".local", "state") : null;
        return user is null ? null : Path.Combine(user, "sernet", "devices");
    }

    /// <summary>
    /// The id for a node of this name: that of the node which was called so last; else that of the one node here
    /// which does not run, which then was renamed; else a new one. Held until disposed.
    /// </summary>
    /// <returns>Null where nothing can be kept; that is logged.</returns>
    public string? Claim(string node)
    {
        try
        {
            Directory.CreateDirectory(folder ?? throw new IOException("there is no home"));
            using var turn = Turn(Path.Combine(folder, ".lock"));
            var free = Directory.GetFiles(folder).Where(IsIdentity).Order(StringComparer.Ordinal)
                .Select(Open).OfType<FileStream>().ToList();
            var named = free.Find(file => Text(file) == node);
            _held = named ?? (free.Count == 1 ? free[0] : New(folder));
            free.Where(file => file != _held).ToList().ForEach(file => file.Dispose());
            Write(_held, node);
            return Path.GetFileName(_held.Name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            log.LogInformation(
                "nothing can be kept in {Folder} ({Reason}): a hub will take this node for another device when its name "
                + "changes, unless mqtt.device_id is set",
                folder ?? "a state folder", error.Message);
            return null;
        }
    }

    public void Dispose() => _held?.Dispose();

    private static bool IsIdentity(string path) =>
        Path.GetFileName(path) is { Length: 2 * Bytes } name && name.All(char.IsAsciiHexDigitLower);

    private static FileStream Turn(string path)
    {
        var until = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Environment.TickCount64 < until)
            {
                Thread.Sleep(10);
            }
        }
    }

    /// <summary>Opens and locks a file; null if another process holds it.</summary>
    private static FileStream? Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static FileStream New(string folder) => new(
        Path.Combine(folder, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes))),
        FileMode.CreateNew,
        FileAccess.ReadWrite,
        FileShare.None);

    private static string Text(FileStream file)
    {
        var bytes = new byte[Math.Min(file.Length, 1024)];
        file.Position = 0;
        file.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes).Trim();
    }

    private static void Write(FileStream file, string node)
    {
        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes(node + "\n"));
        file.Flush(flushToDisk: true);
    }
}
