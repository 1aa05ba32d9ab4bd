using SernetStream.Testing;

namespace SernetStream.Diary.Tests;

/// <summary>A disk of a quarter of a megabyte in memory, which a test may fill.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <summary>Mounts one; null where that is not allowed.</summary>
    public static async Task<SmallDisk?> MountAsync(string path)
    {
        Directory.CreateDirectory(path);
        var result = await ChildProcess.RunAsync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", path]);
        return result.ExitCode == 0 ? new SmallDisk(path) : null;
    }

    public async Task RemountAsync(string option)
    {
        var result = await ChildProcess.RunAsync("mount", ["-o", $"remount,{option}", Path]);
        Assert.True(result.ExitCode == 0, result.Errors);
    }

    public async ValueTask DisposeAsync() => await ChildProcess.RunAsync("umount", ["-l", Path]);
}
